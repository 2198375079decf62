import os from 'node:os';

export default os.EOL;
