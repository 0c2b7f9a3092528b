namespace ActorStreams.Core.Pipelines;

/// <summary>A copy of a view on a node, put together from the parts of all nodes.</summary>
internal interface IViewCopy : IObserved
{
    /// <summary>The view that readers see.</summary>
    object View { get; }

    /// <summary>Completes when it can be read first.</summary>
    Task IsThere { get; }

    /// <summary>The epoch that readers see.</summary>
    long Epoch { get; }

    /// <summary>An attempt begins: all is copied anew from so many nodes. Readers go on seeing what they see meanwhile.</summary>
    void Begin(int nodes);

    /// <summary>The epoch after which a node's part is to be asked for; -1: all of it.</summary>
    long After(int node);

    /// <summary>Takes in what a node has written.</summary>
    /// <exception cref="CodecException">The bytes are no part of the view.</exception>
    void Take(int node, ReadOnlySpan<byte> part);
}
