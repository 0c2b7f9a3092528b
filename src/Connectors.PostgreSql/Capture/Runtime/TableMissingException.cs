namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>A captured table is not there at the moment; it may come back, and is waited for as a lost connection is.</summary>
internal sealed class TableMissingException(string message) : IOException(message);
