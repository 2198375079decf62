console.log(process.env.B);
