namespace ActorStreams.TestKit;

/// <summary>One requirement on its way: the store as it is opened, and opened again where that is wanted.</summary>
/// <param name="site">Where the store lives.</param>
/// <param name="reopens">Whether to close and open the store again before every step.</param>
internal abstract class StoreRequirements(StoreSite site, bool reopens) : IAsyncDisposable
{
    private Store? _store;

    public string Description => _store?.Description ?? "not opened";

    protected StoreSite Site => site;

    protected bool Reopens => reopens;

    /// <summary>The store as it was opened last; a requirement that calls this has opened it.</summary>
    protected Store Opened => _store!;

    public async ValueTask DisposeAsync()
    {
        if (_store is not null)
            await _store.DisposeAsync();
        await site.DisposeAsync();
    }

    protected async Task<Store> StoreAsync()
    {
        if (reopens && _store is not null)
        {
            await _store.DisposeAsync();
            _store = null;
        }

        return _store ??= site.Open();
    }

    /// <summary>The job's writer; another generation at each step where the store is opened again.</summary>
    protected async Task<JobJournal> JournalAsync(string job = "job") => await (await StoreAsync()).OpenAsync(job);

    protected async Task CommitAsync(params EpochCommit[] commits)
    {
        JobJournal journal = await JournalAsync();
        foreach (EpochCommit commit in commits)
        {
            await journal.CommitAsync(commit);
            if (reopens)
                journal = await JournalAsync();
        }
    }
}
