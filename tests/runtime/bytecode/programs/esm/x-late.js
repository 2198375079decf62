console.log('late');
