export const o = 'o'; 
