using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Pipelines;

/// <summary>A view with observers that wait for its next epoch.</summary>
internal interface IObserved
{
    /// <summary>Lets every observer look again whether there is anything to wait for.</summary>
    void Wake();
}

/// <summary>What operators show to readers outside of the job, by operator; kept from run to run, so that readers do not notice a
/// restart.</summary>
internal sealed class JobViews
{
    /// <summary>Epochs that are read at the moment.</summary>
    public EpochHolds Holds { get; } = new();

    private readonly ConcurrentDictionary<string, object> _views = new(StringComparer.Ordinal);

    /// <summary>How many dead letters there were.</summary>
    public DeadLetterCount DeadLetters { get; } = new();

    public TView GetOrAdd<TView>(string operatorName, Func<TView> make)
        where TView : class => (TView)_views.GetOrAdd(operatorName, static (_, make) => make(), make);

    private volatile bool _areObserversEnded;

    /// <summary>Nobody is told of further epochs.</summary>
    public bool AreObserversEnded => _areObserversEnded;

    /// <summary>Lets every observer know that it is told no more.</summary>
    public void EndObservers()
    {
        _areObserversEnded = true;
        foreach (object view in _views.Values)
            (view as IObserved)?.Wake();
    }

    public bool TryGet(string operatorName, [NotNullWhen(true)] out object? view) => _views.TryGetValue(operatorName, out view);
}
