namespace ActorStreams.Core.Pipelines;

/// <summary>A node of the pipeline whose view is copied to other processes.</summary>
internal interface IViewNode
{
    /// <summary>An empty copy.</summary>
    /// <param name="clock">The job's clock, by which what the copy remembers grows old.</param>
    IViewCopy NewCopy(TimeProvider clock);
}
