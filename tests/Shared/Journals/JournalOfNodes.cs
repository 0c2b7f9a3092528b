using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace ActorStreams.Tests;

/// <summary>A journal that several ActorSystems of one process have in common, as nodes have a database: it is found by its name, and
/// refuses a number that is taken.</summary>
public sealed class JournalOfNodes(Config config) : AsyncWriteJournal
{
    private static readonly ConcurrentDictionary<string, SharedJournal> s_all = new();

    private readonly SharedJournal _journal = Of(config.GetString("journal-name"));

    /// <summary>The journal of a name.</summary>
    public static SharedJournal Of(string name) => s_all.GetOrAdd(name, static _ => new SharedJournal());

    /// <summary>What makes it the journal plugin of an ActorSystem.</summary>
    public static string Hocon(string name) => $$"""
        akka.persistence.journal {
          plugin = "akka.persistence.journal.of-nodes"
          of-nodes {
            class = "{{typeof(JournalOfNodes).FullName}}, {{typeof(JournalOfNodes).Assembly.GetName().Name}}"
            journal-name = "{{name}}"
            circuit-breaker.max-failures = 1000000      # a test says itself when it fails
          }
        }
        """;

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr,
        CancellationToken cancellationToken) =>
        Task.FromResult(_journal.HighestOf(persistenceId));

    public override Task ReplayMessagesAsync(IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr,
        long max, Action<IPersistentRepresentation> recoveryCallback)
    {
        foreach (IPersistentRepresentation one in _journal.Read(persistenceId, fromSequenceNr, toSequenceNr, max))
            recoveryCallback(one);
        return Task.CompletedTask;
    }

    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken)
    {
        _journal.Delete(persistenceId, toSequenceNr);
        return Task.CompletedTask;
    }

    protected override Task<IImmutableList<Exception>?> WriteMessagesAsync(IEnumerable<AtomicWrite> messages,
        CancellationToken cancellationToken)
    {
        foreach (AtomicWrite write in messages)
            _journal.Add(write);
        return Task.FromResult<IImmutableList<Exception>?>(null);
    }
}

/// <summary>What such a journal holds.</summary>
public sealed class SharedJournal
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SortedList<long, IPersistentRepresentation>> _events = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _highest = new(StringComparer.Ordinal);

    /// <summary>Called with the name of each actor that writes; what it throws fails the write.</summary>
    public Action<string>? Writing { get; set; }

    /// <summary>How many events of an actor there are.</summary>
    public int CountOf(string persistenceId)
    {
        lock (_lock)
            return _events.TryGetValue(persistenceId, out SortedList<long, IPersistentRepresentation>? found) ? found.Count : 0;
    }

    internal long HighestOf(string persistenceId)
    {
        lock (_lock)
            return _highest.GetValueOrDefault(persistenceId);
    }

    internal IReadOnlyList<IPersistentRepresentation> Read(string persistenceId, long from, long to, long max)
    {
        lock (_lock)
        {
            return !_events.TryGetValue(persistenceId, out SortedList<long, IPersistentRepresentation>? found) ? []
                : [.. found.Values.Where(one => one.SequenceNr >= from && one.SequenceNr <= to).Take((int)Math.Min(int.MaxValue, max))];
        }
    }

    internal void Add(AtomicWrite write)
    {
        Writing?.Invoke(write.PersistenceId);
        lock (_lock)
        {
            var all = (IEnumerable<IPersistentRepresentation>)write.Payload;
            if (!_events.TryGetValue(write.PersistenceId, out SortedList<long, IPersistentRepresentation>? found))
                _events.Add(write.PersistenceId, found = []);
            if (all.FirstOrDefault(one => one.SequenceNr <= HighestOf(write.PersistenceId)) is { } taken)
                throw new InvalidOperationException($"'{write.PersistenceId}' has an event {taken.SequenceNr} already.");
            foreach (IPersistentRepresentation one in all)
            {
                found.Add(one.SequenceNr, one);
                _highest[write.PersistenceId] = one.SequenceNr;
            }
        }
    }

    internal void Delete(string persistenceId, long to)
    {
        lock (_lock)
        {
            if (!_events.TryGetValue(persistenceId, out SortedList<long, IPersistentRepresentation>? found))
                return;
            while (found.Count > 0 && found.Keys[0] <= to)
                found.RemoveAt(0);
        }
    }
}
