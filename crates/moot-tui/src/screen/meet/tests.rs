//! Claims about the Meet screen: messages in, model, effects and pictures out.
