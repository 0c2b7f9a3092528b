namespace ActorStreams.Core.Pipelines;

/// <summary>The part of a view that one node has, as other nodes copy it.</summary>
internal interface ISharedView : IObserved
{
    /// <summary>The epoch that it shows.</summary>
    long Epoch { get; }

    /// <summary>Completes once it shows a later epoch, or at <see cref="IObserved.Wake"/>.</summary>
    Task WaitAsync(long epoch);

    /// <summary>From now on changes are kept for whoever copies.</summary>
    void AddObserver();

    /// <summary>They need not be kept any more.</summary>
    void RemoveObserver();

    /// <summary>Writes what changed after an epoch; where that is not known any more, and after none (-1), all rows.</summary>
    void Write(long after, BlobWriter writer);
}
