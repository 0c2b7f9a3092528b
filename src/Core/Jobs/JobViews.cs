using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace ActorStreams.Core.Jobs;

/// <summary>What operators show to readers outside of the job, by operator; kept from run to run, so that readers do not notice a restart.</summary>
internal sealed class JobViews
{
    private readonly ConcurrentDictionary<string, object> _views = new(StringComparer.Ordinal);

    public TView GetOrAdd<TView>(string operatorName, Func<TView> make)
        where TView : class => (TView)_views.GetOrAdd(operatorName, static (_, make) => make(), make);

    public bool TryGet(string operatorName, [NotNullWhen(true)] out object? view) => _views.TryGetValue(operatorName, out view);
}
