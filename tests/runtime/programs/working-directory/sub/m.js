module.exports = `m ${__filename}`;
