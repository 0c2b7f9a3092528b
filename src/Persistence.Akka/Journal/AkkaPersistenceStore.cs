using ActorStreams.Authoring;
using ActorStreams.Persistence.Akka.Settings;
using ActorStreams.Persistence.Akka.Shards;
using Akka.Actor;

namespace ActorStreams.Persistence.Akka.Journal;

/// <summary>State in a journal of Akka.Persistence, and what decides on it in another store.</summary>
/// <remarks>A job that began with its state beside its rows is refused, or goes on there, as the store is told.</remarks>
internal sealed class AkkaPersistenceStore : Store
{
    private readonly ActorSystem _system;
    private readonly Store _rows;
    private readonly AkkaPersistenceOptions _options;
    private readonly string _plugin;
    private readonly bool _leavesStateWhereItIs;

    public AkkaPersistenceStore(ActorSystem system, Store rows, AkkaPersistenceOptions options, bool leavesStateWhereItIs = false)
    {
        (_system, _rows, _options, _leavesStateWhereItIs) = (system, rows, options, leavesStateWhereItIs);
        _plugin = ShardPlugin.Of(system, options.JournalPlugin);
        ShardEventSerializer.AddTo(system);
    }

    public override string Description =>
        $"{_rows.Description}, state in {(_options.JournalPlugin.Length > 0 ? _options.JournalPlugin : "the journal")} of ActorSystem '{_system.Name}'";

    public override string Durability => $"{_rows.Durability} State survives what the journal plugin of Akka.Persistence survives.";

    public override TopicLog Topics => _rows.Topics;

    public override async ValueTask<JobJournal> OpenAsync(string job, CancellationToken cancellation = default)
    {
        JobJournal rows = await _rows.OpenAsync(job, cancellation);
        try
        {
            EpochRecord? last = await rows.LastEpochAsync(cancellation);
            if (await IsBesideRowsAsync(rows, last, cancellation))
                return rows;
            JournalHead head = last is null ? JournalHead.Empty : await CommitMarks.HeadAsync(rows, last.Epoch, cancellation);
            return new AkkaJournal(rows, Shards(job), $"{Description}, job '{job}'", last?.Epoch ?? 0, head);
        }
        catch
        {
            await rows.DisposeAsync();
            throw;
        }
    }

    /// <summary>The journal in memory is that of one ActorSystem.</summary>
    public override bool TakesNodes => _rows.TakesNodes && !ShardPlugin.IsOfOneSystem(_system, _plugin);

    public override async ValueTask<NodeJournal> OpenNodeAsync(string job, long generation, CancellationToken cancellation = default)
    {
        if (!TakesNodes)
            return await base.OpenNodeAsync(job, generation, cancellation);
        NodeJournal rows = await _rows.OpenNodeAsync(job, generation, cancellation);
        try
        {
            return await IsBesideRowsAsync(rows, await rows.LastEpochAsync(cancellation), cancellation)
                ? rows
                : new AkkaNode(rows, Shards(job), $"{Description}, job '{job}'");
        }
        catch
        {
            await rows.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask<JobReader?> OpenReaderAsync(string job, CancellationToken cancellation = default)
    {
        if (await _rows.OpenReaderAsync(job, cancellation) is not { } rows)
            return null;
        return await IsBesideRowsAsync(rows, await rows.LastEpochAsync(cancellation), cancellation)
            ? rows
            : new AkkaReader(rows, Shards(job));
    }

    private async ValueTask<bool> IsBesideRowsAsync(JobReader rows, EpochRecord? last, CancellationToken cancellation) =>
        _leavesStateWhereItIs && last is not null && await CommitMarks.FindHeadAsync(rows, last.Epoch, cancellation) is null;

    private ShardJournals Shards(string job) => new(_system, job, Description, _plugin, _options.ShardsAtOnce);

    public override async ValueTask DisposeAsync()
    {
        await _rows.DisposeAsync();
        await base.DisposeAsync();
    }
}
