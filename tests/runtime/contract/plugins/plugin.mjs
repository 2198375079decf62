import near from './near.json' with { type: 'json' };
export default near;
