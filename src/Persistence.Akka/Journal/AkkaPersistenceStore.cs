using ActorStreams.Authoring;
using ActorStreams.Persistence.Akka.Shards;
using Akka.Actor;

namespace ActorStreams.Persistence.Akka.Journal;

/// <summary>State in a journal of Akka.Persistence, and what decides on it in another store.</summary>
internal sealed class AkkaPersistenceStore : Store
{
    private readonly ActorSystem _system;
    private readonly Store _rows;
    private readonly AkkaPersistenceOptions _options;

    public AkkaPersistenceStore(ActorSystem system, Store rows, AkkaPersistenceOptions options)
    {
        (_system, _rows, _options) = (system, rows, options);
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
            WriterLog writers = last is null ? WriterLog.Empty : await CommitMarks.WritersAsync(rows, last.Epoch, cancellation);
            return new AkkaJournal(rows, new ShardJournals(_system, job, Description, _options), last?.Epoch ?? 0, writers);
        }
        catch
        {
            await rows.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask<JobReader?> OpenReaderAsync(string job, CancellationToken cancellation = default) =>
        await _rows.OpenReaderAsync(job, cancellation) is { } rows
            ? new AkkaReader(rows, new ShardJournals(_system, job, Description, _options))
            : null;

    public override async ValueTask DisposeAsync()
    {
        await _rows.DisposeAsync();
        await base.DisposeAsync();
    }
}
