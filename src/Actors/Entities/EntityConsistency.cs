namespace ActorStreams;

/// <summary>Which state of an entity is asked for.</summary>
public enum EntityConsistency
{
    /// <summary>The present one, which may not be committed yet: a crash may take it back. Answered by the stage that works on it, between
    /// two batches.</summary>
    Current,

    /// <summary>That of the last committed epoch, which nothing takes back. Read from the store, the shard of the key each time.</summary>
    Committed,
}
