namespace ActorStreams.Core.Pipelines;

/// <summary>A node of the pipeline whose view is copied to other processes.</summary>
internal interface IViewNode
{
    /// <summary>An empty copy.</summary>
    IViewCopy NewCopy();
}
