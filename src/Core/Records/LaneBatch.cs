namespace ActorStreams.Core.Records;

/// <summary>A batch of rows as it travels: itself the message, so that sending it allocates nothing.</summary>
internal abstract class LaneBatch
{
    /// <summary>The lane by which it comes, as its receiver numbers them.</summary>
    public int Lane { get; set; }
}
