// An SMSC made of node-smpp alone. Prints one JSON object a line: its port, then what it saw.
// It labels GSM octets as data_coding 1, returns hexadecimal message ids and names them in decimal in receipts.
const smpp = require('smpp');
const say = (event, facts) => console.log(JSON.stringify({ event, ...facts }));
const citizen = { source_addr_ton: 1, source_addr_npi: 1, source_addr: '6281234567890', destination_addr: '1708' };
let next = 1000000;

function deliver(session) {
  const told = (name) => (pdu) => say('answered', { name, status: pdu.command_status });
  session.deliver_sm({ ...citizen, short_message: 'LAPOR jalan rusak €5 [RT 03]' }, told('short'));
  const octets = Buffer.from('Banjir \u{1F30A} di Bekasi '.repeat(6), 'utf16le').swap16();
  [octets.subarray(0, 134), octets.subarray(134)].forEach((part, at) => session.deliver_sm({
    ...citizen, esm_class: 0x40, data_coding: 8,
    short_message: Buffer.concat([Buffer.from([5, 0, 3, 0x42, 2, at + 1]), part]),
  }, told('part')));
  session.deliver_sm({ ...citizen, message_payload: { message: 'x'.repeat(300) } }, told('payload'));
  session.enquire_link({}, (pdu) => say('alive', { command: pdu.command }));
}

function receipt(session, pdu, id) {
  session.deliver_sm({
    source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4,
    short_message: `id:${String(id).padStart(10, '0')} sub:001 dlvrd:001 submit date:2611210710 `
      + 'done date:2611210711 stat:DELIVRD err:000 text:Terima kasih',
    receipted_message_id: id.toString(16).toUpperCase(), message_state: 2,
  }, (answer) => say('receipt', { status: answer.command_status }));
}

const server = smpp.createServer({}, (session) => {
  session.on('error', (error) => say('error', { problem: error.message }));
  session.on('bind_transceiver', (pdu) => {
    if (pdu.password !== 'secret') return session.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }));
    session.send(pdu.response({ system_id: 'NODESMSC' }));
    say('bound', { system_id: pdu.system_id });
    deliver(session);
  });
  session.on('submit_sm', (pdu) => {
    const id = next++;
    say('submitted', { to: pdu.destination_addr, coding: pdu.data_coding, text: pdu.short_message.message, udh: pdu.short_message.udh });
    session.send(pdu.response({ message_id: id.toString(16).toUpperCase() }));
    if (pdu.registered_delivery & 1) receipt(session, pdu, id);
  });
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => { say('unbound', {}); session.send(pdu.response()); session.close(); });
});
server.listen(0, '127.0.0.1', () => say('listening', { port: server.address().port }));
