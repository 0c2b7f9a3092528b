using System.Net.Sockets;
using Npgsql;

namespace ActorStreams.Persistence.PostgreSql;

/// <summary>Drops the journal rows of one job that no retained epoch needs: those of a shard before its newest snapshot not after the
/// oldest retained epoch.</summary>
/// <remarks>
/// Runs beside the commits, a few rows a transaction, none of them waiting for the disk: losing such a transaction loses nothing. What is
/// needed is judged inside each statement, so it is right whoever the writer is by then.
/// </remarks>
internal sealed class PostgreSqlTrim(PostgreSqlStore store, int job)
{
    private const int DropRows = 256;
    private readonly string _schema = store.Options.Schema;
    private readonly Queue<long> _snapshots = [];
    private Task _running = Task.CompletedTask;
    private volatile bool _isStopping;

    public async Task LoadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(
            $"SELECT DISTINCT epoch FROM \"{_schema}\".journal WHERE job = $1 AND is_snapshot AND part = 0 ORDER BY epoch", connection)
        { Parameters = { new() { Value = job } } };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            _snapshots.Enqueue(reader.GetInt64(0));
    }

    /// <summary>Takes note of a committed epoch, and starts dropping if a snapshot has become the oldest that is needed.</summary>
    public void Committed(EpochCommit commit)
    {
        if (commit.Events.Any(e => e.IsSnapshot) || commit.Prepared.Any(part => part.HasSnapshots))
            _snapshots.Enqueue(commit.Epoch);
        if (!_running.IsCompleted || !_snapshots.TryPeek(out long epoch) || epoch > commit.RetainFrom)
            return;
        while (_snapshots.TryPeek(out epoch) && epoch <= commit.RetainFrom)
            _snapshots.Dequeue();
        _running = DropAsync();
    }

    /// <summary>Completes when what is being dropped now is gone.</summary>
    public Task DroppedAsync() => _running;

    public async Task StopAsync()
    {
        _isStopping = true;
        await _running;
    }

    private async Task DropAsync()
    {
        try
        {
            await using NpgsqlConnection connection = await store.ConnectAsync(CancellationToken.None);
            while (!_isStopping && await DropSomeAsync(connection) == DropRows)
            {
            }
        }
        catch (Exception e) when (e is NpgsqlException or IOException or SocketException or TimeoutException or ObjectDisposedException)
        {
            // what could not be dropped now is dropped after a later snapshot
        }
    }

    private async Task<int> DropSomeAsync(NpgsqlConnection connection)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        await PostgreSqlSchema.ExecuteAsync(connection, "SET LOCAL synchronous_commit = off", CancellationToken.None);
        await using NpgsqlCommand command = new($"""
            DELETE FROM "{_schema}".journal WHERE ctid = ANY (ARRAY(
                SELECT j.ctid FROM "{_schema}".journal j JOIN (
                    SELECT operator, shard, max(epoch) AS floor FROM "{_schema}".journal
                    WHERE job = $1 AND is_snapshot AND part = 0 AND epoch <= (SELECT min(epoch) FROM "{_schema}".epochs WHERE job = $1)
                    GROUP BY operator, shard) s ON j.operator = s.operator AND j.shard = s.shard
                WHERE j.job = $1 AND j.epoch < s.floor LIMIT {DropRows}))
            """, connection) { Parameters = { new() { Value = job } } };
        int dropped = await command.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
        return dropped;
    }
}
