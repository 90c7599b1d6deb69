require ["vacation"];
vacation :days 1 :subject "I have moved" "I no longer use this address. My new address is paul.new@new-home.example, please write to me there.";
