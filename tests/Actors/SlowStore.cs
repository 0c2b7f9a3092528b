using ActorStreams.Authoring;

namespace ActorStreams.Actors.Tests;

/// <summary>A store whose journal opens when a test says so.</summary>
/// <param name="opening">Told when it is asked to.</param>
internal sealed class SlowStore(TaskCompletionSource opening) : Store
{
    private readonly MemoryStore _store = Store.InMemory();

    public TaskCompletionSource Opens { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override string Description => "slow";

    public override string Durability => _store.Durability;

    public override async ValueTask<JobJournal> OpenAsync(string job, CancellationToken cancellation = default)
    {
        opening.TrySetResult();
        await Opens.Task;
        return await _store.OpenAsync(job, cancellation);
    }

    public override ValueTask<JobReader?> OpenReaderAsync(string job, CancellationToken cancellation = default) =>
        _store.OpenReaderAsync(job, cancellation);
}
