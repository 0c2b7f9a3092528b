using ActorStreams.Core.Pipelines;

namespace ActorStreams.Operators.Tables.Runtime;

/// <summary>A copy of a materialised table on a node, put together from the parts that the nodes of an attempt have. Readers see epochs
/// that all parts have reached, one after the other, each whole.</summary>
/// <remarks>A part begins with all of its rows, as of the epoch that it shows then; changes follow epoch by epoch. Parts may begin at
/// different epochs: readers see the copy once all have come to the latest of them. Called by one thread at a time.</remarks>
internal sealed class ViewCopy<TKey, TValue>(TimeProvider clock) : IViewCopy
{
    private readonly ViewHub<TKey, TValue> _hub = new(clock);
    private readonly TaskCompletionSource _there = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private object _run = new();
    private Part[] _parts = [];
    private bool _isLoaded;

    public object View => _hub;

    public Task IsThere => _there.Task;

    public long Epoch => _hub.Epoch;

    public void Wake() => _hub.Wake();

    public void Begin(int nodes)
    {
        (_run, _isLoaded) = (new object(), false);
        _parts = [.. Enumerable.Range(0, nodes).Select(static _ => new Part())];
        _hub.Attach(_run, 1);
    }

    public long After(int node) => _parts[node].Epoch;

    public void Take(int node, ReadOnlySpan<byte> part)
    {
        Part taken = _parts[node];
        if (!ViewPart<TKey, TValue>.Read(part, out bool isAll, out long epoch, out List<(long, ViewDelta<TKey, TValue>)> changes))
            epoch = long.MaxValue;                      // the node has nothing of it, at every epoch
        if (isAll && _isLoaded)
        {
            Begin(_parts.Length);                       // changes were forgotten before they were asked for: all parts begin anew
            return;
        }

        if (isAll)
            taken.Waiting.Clear();                      // it was asked for all of them twice
        else if (epoch <= taken.Epoch)
            return;
        foreach ((long of, ViewDelta<TKey, TValue> delta) in changes)
            taken.Waiting.Enqueue((of, delta));
        taken.Epoch = epoch;
        if (!_isLoaded)
            Load();
        else
            Advance();
    }

    /// <summary>All parts are there: what they have up to the latest beginning is what readers see first.</summary>
    private void Load()
    {
        if (_parts.Any(static part => part.Epoch < 0))
            return;
        long first = _parts.Max(static part => part.Waiting.TryPeek(out var all) ? all.Epoch : 0);
        if (_parts.Any(part => part.Epoch < first))
            return;
        var rows = new ViewDelta<TKey, TValue>(0);
        foreach (Part part in _parts)
            rows.Keys.AddRange(Merged(Before(part, first)).Keys.Where(static row => row.HasValue));
        _isLoaded = true;
        _hub.Load(_run, first, rows, 1);
        _there.TrySetResult();
        Advance();
    }

    /// <summary>Shows the epochs that all parts have reached.</summary>
    private void Advance()
    {
        long reached = _parts.Min(static part => part.Epoch);
        while (_hub.Epoch < reached)
        {
            // Epochs that changed nothing anywhere are passed over.
            long next = Math.Min(reached, _parts.Min(static part => part.Waiting.TryPeek(out var first) ? first.Epoch : long.MaxValue));
            var changes = new ViewDelta<TKey, TValue>(0);
            foreach (Part part in _parts)
                changes.Keys.AddRange(Merged(Before(part, next)).Keys);
            _hub.Apply(_run, next, changes, 1);
        }
    }

    private static List<ViewDelta<TKey, TValue>> Before(Part part, long epoch)
    {
        List<ViewDelta<TKey, TValue>> taken = [];
        while (part.Waiting.TryPeek(out (long Epoch, ViewDelta<TKey, TValue> Delta) first) && first.Epoch <= epoch)
            taken.Add(part.Waiting.Dequeue().Delta);
        return taken;
    }

    /// <summary>What several epochs make of each key: its last value.</summary>
    private static ViewDelta<TKey, TValue> Merged(List<ViewDelta<TKey, TValue>> deltas)
    {
        if (deltas.Count == 1)
            return deltas[0];
        var last = new Dictionary<ViewKey<TKey>, (TKey, ulong, bool, TValue?)>();
        foreach (ViewDelta<TKey, TValue> delta in deltas)
        {
            foreach ((TKey key, ulong hash, bool hasValue, TValue? value) in delta.Keys)
                last[new ViewKey<TKey>(key)] = (key, hash, hasValue, value);
        }

        var merged = new ViewDelta<TKey, TValue>(last.Count);
        merged.Keys.AddRange(last.Values);
        return merged;
    }

    private sealed class Part
    {
        /// <summary>The epoch up to which it is known; -1: nothing is known of it.</summary>
        public long Epoch { get; set; } = -1;

        /// <summary>What readers do not see yet; the first of a part is all of its rows.</summary>
        public Queue<(long Epoch, ViewDelta<TKey, TValue> Delta)> Waiting { get; } = new();
    }
}

/// <summary>A key in a dictionary, equal as everywhere, so that null and classes will do.</summary>
internal readonly struct ViewKey<TKey>(TKey key) : IEquatable<ViewKey<TKey>>
{
    private readonly TKey _key = key;

    public bool Equals(ViewKey<TKey> other) => EqualityComparer<TKey>.Default.Equals(_key, other._key);

    public override bool Equals(object? obj) => obj is ViewKey<TKey> other && Equals(other);

    public override int GetHashCode() => KeyComparer<TKey>.HashOf(_key);
}
