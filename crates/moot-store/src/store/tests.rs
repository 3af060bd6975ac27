//! Claims that need the connection.
