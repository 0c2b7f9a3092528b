namespace ActorStreams.Core.Storage;

/// <summary>No store, by name: jobs know it, and keep nothing.</summary>
internal sealed class VolatileStore : Store
{
    public override string Description => "no store: nothing is kept";

    public override string Durability => "Nothing survives: every start, and every restart, is a new beginning.";

    public override ValueTask<JobJournal> OpenAsync(string job, CancellationToken cancellation = default) =>
        throw new NotSupportedException(
            $"{nameof(Store)}.{nameof(Volatile)} keeps nothing of job '{job}'. Use Store.InMemory() for a store that lives as long as its object.");

    public override ValueTask<JobReader?> OpenReaderAsync(string job, CancellationToken cancellation = default) => new((JobReader?)null);
}
