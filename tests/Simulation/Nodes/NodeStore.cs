using System.Runtime.CompilerServices;
using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Nodes;

/// <summary>The server of the store: it does what it is asked, whatever has become of who asked, and its answers may be lost.</summary>
/// <remarks>It holds every commit to the model of a store: epochs one after the other, each by the writer that opened the job
/// last.</remarks>
internal sealed class NodesServer(NodesWorld world)
{
    private long _generation, _epoch;
    private TimeSpan _awayUntil;

    public MemoryStore Inner { get; } = new();

    /// <summary>The last epoch that was committed.</summary>
    public long Epoch => _epoch;

    /// <summary>The server crashed: what was prepared and not committed is lost, and nobody reaches it for a while.</summary>
    public void Crash(TimeSpan away)
    {
        Inner.LosePrepared();
        _awayUntil = world.Clock.Elapsed + away;
    }

    public async ValueTask<T> AskAsync<T>(NodeProcess from, Func<T> work, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration ended = cancellation.UnsafeRegister(
            static (answer, token) => ((TaskCompletionSource<T>)answer!).TrySetCanceled(token), answer);
        if (world.Faults.Strikes(FaultKind.StoreError, 8))
            answer.TrySetException(new InjectedFault("the server could not be reached", isTransient: true));
        else
            world.After(Way(), () => Answer(work, answer));
        return await answer.Task;
    }

    /// <summary>Another writer has opened the job.</summary>
    public long Opened(long generation) => _generation = generation;

    /// <summary>An epoch was committed, for the first time or again.</summary>
    public void Committed(long generation, long epoch)
    {
        if (epoch == _epoch)
            return;
        if (generation != _generation || epoch != _epoch + 1)
        {
            world.Fail($"Epoch {epoch} was committed by the writer of generation {generation}; the model of the store is at epoch {_epoch} " +
                $"and generation {_generation}.");
        }

        _epoch = epoch;
    }

    private void Answer<T>(Func<T> work, TaskCompletionSource<T> answer)
    {
        Action tell;
        if (_awayUntil > world.Clock.Elapsed)
        {
            tell = () => answer.TrySetException(new InjectedFault("the server is away", isTransient: true));
        }
        else
        {
            try
            {
                T result = work();
                tell = world.Faults.Strikes(FaultKind.CommitUnknown, 8)
                    ? () => answer.TrySetException(new InjectedFault("the connection was lost", isTransient: world.Random.Chance(700)))
                    : () => answer.TrySetResult(result);
            }
            catch (StoreException error)
            {
                tell = () => answer.TrySetException(error);
            }
        }

        world.After(Way(), tell);
    }

    private TimeSpan Way() => world.Faults.Strikes(FaultKind.SlowStore, 8) ? world.Faults.Delay()
        : TimeSpan.FromMicroseconds(world.Random.Between(100, 3000));
}

/// <summary>The store as one node reaches it.</summary>
internal sealed class NodeStore(NodesServer server, NodeProcess node) : Store
{
    public override string Description => "simulated server";

    public override string Durability => "Survives all nodes.";

    public override bool TakesNodes => true;

    public override TopicLog Topics => server.Inner.Topics;

    public override ValueTask<JobJournal> OpenAsync(string job, CancellationToken cancellation = default) =>
        server.AskAsync<JobJournal>(node, () =>
        {
            JobJournal journal = Now(server.Inner.OpenAsync(job, CancellationToken.None));
            server.Opened(journal.Generation);
            return new Writer(server, node, journal);
        }, cancellation);

    public override ValueTask<NodeJournal> OpenNodeAsync(string job, long generation, CancellationToken cancellation = default) =>
        server.AskAsync<NodeJournal>(node, () =>
            new Node(server, node, Now(server.Inner.OpenNodeAsync(job, generation, CancellationToken.None))), cancellation);

    public override ValueTask<JobReader?> OpenReaderAsync(string job, CancellationToken cancellation = default) =>
        server.Inner.OpenReaderAsync(job, cancellation);

    /// <summary>The result of a call that is complete when it returns.</summary>
    private static T Now<T>(ValueTask<T> call) => call.IsCompleted ? call.GetAwaiter().GetResult()
        : throw new InvalidOperationException("The store in memory did not answer at once.");

    private static List<JournalEvent> Events(JobReader reader, string name, int firstShard, int count, long epoch)
    {
        var events = new List<JournalEvent>();
        IAsyncEnumerator<JournalEvent> found = reader.ReadAsync(name, firstShard, count, epoch).GetAsyncEnumerator();
        while (Now(found.MoveNextAsync()))
            events.Add(found.Current);
        return events;
    }

    /// <summary>A caller's memory is its own again when its call has ended, which may be before the server takes it in.</summary>
    private static IReadOnlyList<JournalEvent> Copied(IReadOnlyList<JournalEvent> events) =>
        [.. events.Select(one => one with { Payload = one.Payload.ToArray() })];

    private static async IAsyncEnumerable<JournalEvent> ReadAsync(NodesServer server, NodeProcess node, JobReader reader, string name,
        int firstShard, int count, long epoch, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (JournalEvent one in await server.AskAsync(node, () => Events(reader, name, firstShard, count, epoch), cancellation))
            yield return one;
    }

    private sealed class Node(NodesServer server, NodeProcess node, NodeJournal inner) : NodeJournal
    {
        public override long Generation => inner.Generation;

        public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) =>
            server.AskAsync(node, () => Now(inner.EpochsAsync(CancellationToken.None)), cancellation);

        public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) =>
            server.AskAsync(node, () => Now(inner.LastEpochAsync(CancellationToken.None)), cancellation);

        public override IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
            CancellationToken cancellation = default) =>
            NodeStore.ReadAsync(server, node, inner, operatorName, firstShard, count, epoch, cancellation);

        public override ValueTask<PreparedPart> PrepareAsync(EpochPart part, CancellationToken cancellation = default)
        {
            part = part with { Events = Copied(part.Events) };
            return server.AskAsync(node, () => Now(inner.PrepareAsync(part, CancellationToken.None)), cancellation);
        }
    }

    private sealed class Writer(NodesServer server, NodeProcess node, JobJournal inner) : JobJournal
    {
        public override long Generation => inner.Generation;

        public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) =>
            server.AskAsync(node, () => Now(inner.EpochsAsync(CancellationToken.None)), cancellation);

        public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) =>
            server.AskAsync(node, () => Now(inner.LastEpochAsync(CancellationToken.None)), cancellation);

        public override IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
            CancellationToken cancellation = default) =>
            NodeStore.ReadAsync(server, node, inner, operatorName, firstShard, count, epoch, cancellation);

        public override async ValueTask CommitAsync(EpochCommit commit, CancellationToken cancellation = default)
        {
            commit = commit with { Events = Copied(commit.Events), Manifest = commit.Manifest.ToArray() };
            await server.AskAsync(node, () =>
            {
                inner.CommitAsync(commit, CancellationToken.None).GetAwaiter().GetResult();
                server.Committed(inner.Generation, commit.Epoch);
                return true;
            }, cancellation);
        }

        public override async ValueTask CheckFenceAsync(CancellationToken cancellation = default) => await server.AskAsync(node, () =>
        {
            inner.CheckFenceAsync(CancellationToken.None).GetAwaiter().GetResult();
            return true;
        }, cancellation);

        public override ValueTask RewindAsync(long epoch, CancellationToken cancellation = default) => throw new NotSupportedException();
    }
}
