using Npgsql;
using Npgsql.Replication;
using Npgsql.Replication.PgOutput;
using NpgsqlTypes;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>Opens snapshots and streams, and makes the slot.</summary>
internal sealed class CaptureConnection(CaptureSettings settings, bool needsFullIdentity)
{
    /// <summary>Whether the table can be captured from where the job is.</summary>
    /// <param name="position">Where the job is; 0: at the beginning.</param>
    /// <param name="known">The table that was read so far; null: none.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public async Task<(TableInfo Table, SlotInfo? Slot)> CheckAsync(ulong position, TableShape? known, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await OpenAsync(cancellation);
        using var patience = new Patience(settings, connection.ProcessID);
        return await patience.WaitAsync(
            new ValueTask<(TableInfo, SlotInfo?)>(CheckAsync(connection, position, known, patience.Token)), cancellation);
    }

    /// <summary>Makes the slot if it is not there, and reads the table as of a moment whose place in the log is known.</summary>
    /// <returns>The table, its rows after <paramref name="after"/> (null: it is not the known table any more, and nothing was opened), the
    /// place, and where the slot begins.</returns>
    public async Task<(TableInfo Table, SnapshotRows? Rows, ulong AsOf, ulong SlotFrom)> OpenSnapshotAsync(
        ulong position, TableShape? known, byte[][]? after, CancellationToken cancellation)
    {
        NpgsqlConnection connection = await OpenAsync(cancellation);
        var patience = new Patience(settings, connection.ProcessID);
        try
        {
            (TableInfo table, SlotInfo? slot) = await patience.WaitAsync(
                new ValueTask<(TableInfo, SlotInfo?)>(CheckAsync(connection, position, known, patience.Token)), cancellation);
            if (table.Replaced is not null)
            {
                await connection.DisposeAsync();
                patience.Dispose();
                return (table, null, 0, 0);
            }

            // The snapshot is exported as long as the connection that made the slot does nothing else. A slot that is there already has
            // none to offer: one that lives as long as its connection shows where in the log the new snapshot stands.
            await using LogicalReplicationConnection replication = await OpenReplicationAsync(cancellation);
            string name = slot is null ? settings.Slot : $"{settings.Slot[..Math.Min(settings.Slot.Length, 50)]}_{connection.ProcessID}";
            PgOutputReplicationSlot made = await MakeSlotAsync(replication, name, slot is not null, LogicalSlotSnapshotInitMode.Export,
                cancellation);
            SnapshotRows rows = await SnapshotRows.OpenAsync(connection, patience, made.SnapshotName!, table, new RowLayout(table.Columns),
                after, cancellation);
            ulong asOf = (ulong)made.ConsistentPoint;
            return (table, rows, asOf, slot?.Confirmed ?? asOf);
        }
        catch
        {
            await connection.DisposeAsync();
            patience.Dispose();
            throw;
        }
    }

    /// <summary>Goes on with the changes.</summary>
    /// <param name="position">Where the job is; 0: where the slot is, which is made if it is not there.</param>
    /// <param name="known">The table that was read so far; null: none.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <returns>The table, its changes (null: it is not the known table any more), and from where they come.</returns>
    public async Task<(TableInfo Table, ChangeStream? Stream, ulong From)> OpenStreamAsync(
        ulong position, TableShape? known, CancellationToken cancellation)
    {
        (TableInfo table, SlotInfo? slot) = await CheckAsync(position, known, cancellation);
        if (table.Replaced is not null)
            return (table, null, position);
        LogicalReplicationConnection replication = await OpenReplicationAsync(cancellation);
        try
        {
            ulong from = position != 0 ? position : slot?.Confirmed
                ?? (ulong)(await MakeSlotAsync(replication, settings.Slot, isTemporary: false, LogicalSlotSnapshotInitMode.NoExport,
                    cancellation)).ConsistentPoint;
            return (table, new ChangeStream(replication, settings, from), from);
        }
        catch
        {
            await replication.DisposeAsync();
            throw;
        }
    }

    private async Task<(TableInfo Table, SlotInfo? Slot)> CheckAsync(
        NpgsqlConnection connection, ulong position, TableShape? known, CancellationToken cancellation)
    {
        var catalogue = new Catalogue(settings, connection, cancellation);
        await catalogue.FindOlderSlotAsync(position != 0);
        TableInfo table = await catalogue.CheckAsync(needsFullIdentity, known);
        SlotInfo? slot = await catalogue.FindSlotAsync();
        if (position == 0)
            return (table, slot);
        if (slot is null)
        {
            throw new SourceException(
                $"{settings.Where}: the replication slot '{settings.Slot}' is not there any more, and with it the changes since {Lsn(position)}, where the job is. " +
                "Start with a new name for the source: it begins with a snapshot.");
        }

        if (slot.Confirmed > position)
        {
            throw new SourceException(
                $"{settings.Where}: the replication slot '{settings.Slot}' is at {Lsn(slot.Confirmed)}, and the job at {Lsn(position)}: the changes between were confirmed, so the server does not " +
                "send them again. Either somebody else has read the slot, or the job was set back to an older epoch. Start with a new name for the source: it begins with a snapshot.");
        }

        return (table, slot);
    }

    private async Task<PgOutputReplicationSlot> MakeSlotAsync(
        LogicalReplicationConnection replication, string name, bool isTemporary, LogicalSlotSnapshotInitMode mode,
            CancellationToken cancellation)
    {
        using var patience = new Patience(settings, replication.ProcessID);
        return await patience.WaitAsync(
            new ValueTask<PgOutputReplicationSlot>(
            replication.CreatePgOutputReplicationSlot(name, isTemporary, mode, twoPhase: false, patience.Token)), cancellation);
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellation)
    {
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellation);
        return connection;
    }

    private async Task<LogicalReplicationConnection> OpenReplicationAsync(CancellationToken cancellation)
    {
        var connection = new LogicalReplicationConnection(settings.ConnectionString);
        await connection.Open(cancellation);
        return connection;
    }

    public static string Lsn(ulong lsn) => new NpgsqlLogSequenceNumber(lsn).ToString();
}
