namespace ActorStreams.Persistence.Shared;

/// <summary>Who wants to know of records appended by this process.</summary>
internal sealed class TopicWakes
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<Action>> _wakes = new(StringComparer.Ordinal);

    public IDisposable Add(string topic, Action appended)
    {
        lock (_lock)
        {
            if (!_wakes.TryGetValue(topic, out List<Action>? wakes))
                _wakes.Add(topic, wakes = []);
            wakes.Add(appended);
        }

        return new Registration(this, topic, appended);
    }

    public void Wake(IReadOnlyList<TopicAppends> appends)
    {
        foreach (TopicAppends append in appends)
        {
            Action[] wakes;
            lock (_lock)
                wakes = _wakes.TryGetValue(append.Topic, out List<Action>? found) ? [.. found] : [];
            foreach (Action wake in wakes)
                wake();
        }
    }

    private void Remove(string topic, Action appended)
    {
        lock (_lock)
            _wakes[topic].Remove(appended);
    }

    private sealed class Registration(TopicWakes wakes, string topic, Action appended) : IDisposable
    {
        public void Dispose() => wakes.Remove(topic, appended);
    }
}
