namespace ActorStreams.Conformance.Tests.Sql;

/// <summary>What a subscriber of a view has been told, added up since it was last looked at.</summary>
internal sealed class ViewChanges : IAsyncDisposable
{
    private readonly string _view;
    private readonly Dictionary<SqlRow, int> _net = [];
    private IAsyncEnumerator<SqlChanges>? _changes;
    private long _epoch;

    private ViewChanges(string view) => _view = view;

    public static async Task<ViewChanges> BeginAsync(SqlJob sql, string view)
    {
        var made = new ViewChanges(view);
        made._changes = sql.SubscribeAsync(view, withProgress: true).GetAsyncEnumerator();
        await made.NextAsync();
        return made;
    }

    /// <summary>The subscriber comes back after the process has died.</summary>
    public async Task GoOnAsync(SqlJob sql)
    {
        await DisposeAsync();
        _changes = sql.SubscribeAsync(_view, after: _epoch, withProgress: true).GetAsyncEnumerator();
    }

    /// <summary>The net changes since the last call, up to an epoch that is committed.</summary>
    public async Task<IReadOnlyList<Change<SqlRow>>> UntilAsync(long epoch)
    {
        while (_epoch < epoch)
            await NextAsync();
        Change<SqlRow>[] net = [.. _net.Where(static one => one.Value != 0).Select(static one => new Change<SqlRow>(one.Key, one.Value))];
        _net.Clear();
        return net;
    }

    public async ValueTask DisposeAsync()
    {
        if (_changes is not null)
            await _changes.DisposeAsync();
    }

    private async Task NextAsync()
    {
        Assert.True(await _changes!.MoveNextAsync(), $"The subscription of {_view} has ended.");
        SqlChanges told = _changes.Current;
        Assert.True(!told.IsSnapshot || _epoch == 0, $"The subscription of {_view} lost what came after epoch {_epoch}.");
        _epoch = told.Epoch;
        foreach (Change<SqlRow> change in told.Changes)
            _net[change.Row] = _net.GetValueOrDefault(change.Row) + change.Weight;
    }
}
