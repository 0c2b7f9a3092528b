using System.Runtime.CompilerServices;
using Npgsql.Replication;
using Npgsql.Replication.Internal;
using Npgsql.Replication.PgOutput;
using NpgsqlTypes;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>The messages of a replication slot, one after the other, as bytes.</summary>
/// <remarks>
/// Npgsql's own decoder awaits each column of each row; here a message is copied once and decoded in one go. <c>cdc</c> prints what that is
/// worth.
/// </remarks>
internal sealed class ChangeStream : IAsyncDisposable
{
    private static readonly TimeSpan s_statusInterval = TimeSpan.FromSeconds(1);

    private readonly LogicalReplicationConnection _connection;
    private readonly IAsyncEnumerator<XLogDataMessage> _messages;
    private readonly CancellationTokenSource _closing;
    private readonly TimeSpan _silenceLimit;
    private byte[] _bytes = new byte[1 << 13];
    private int _length;
    private Task<bool>? _reading;

    /// <param name="connection">Open, and taken over.</param>
    /// <param name="settings">Slot and publication.</param>
    /// <param name="from">Transactions that commit before it are left out.</param>
    public ChangeStream(LogicalReplicationConnection connection, CaptureSettings settings, ulong from)
    {
        _connection = connection;
        (_silenceLimit, _closing) = (settings.Options.SilenceLimit, new CancellationTokenSource(Timeout.InfiniteTimeSpan, settings.Clock));
        connection.WalReceiverStatusInterval = s_statusInterval;
        connection.WalReceiverTimeout = _silenceLimit;
        connection.CommandTimeout = _silenceLimit;
        connection.SetReplicationStatus(new NpgsqlLogSequenceNumber(from));
        KeyValuePair<string, string?>[] options = [new("proto_version", "1"),
            new("publication_names", CaptureSettings.Quote(settings.Publication))];
        _messages = connection.StartLogicalReplication(new PgOutputReplicationSlot(settings.Slot), _closing.Token,
            new NpgsqlLogSequenceNumber(from), options).GetAsyncEnumerator(_closing.Token);
    }

    /// <summary>How far the server has looked for changes: everything that it has to say about commits before it was sent.</summary>
    public ulong ReceivedLsn => (ulong)_connection.LastReceivedLsn;

    /// <summary>The bytes of the present message; good until the next one is asked for.</summary>
    public byte[] Bytes => _bytes;

    public int Length => _length;

    /// <summary>Turns to the next message if it is there.</summary>
    /// <returns>False: it is not; wait for <see cref="Arrival"/>.</returns>
    /// <exception cref="IOException">The server has ended the stream.</exception>
    public bool TryRead()
    {
        bool isMore;
        if (_reading is null)
        {
            ValueTask<bool> step = NextAsync();
            if (!step.IsCompleted)
            {
                _reading = step.AsTask();
                return false;
            }

            isMore = step.GetAwaiter().GetResult();
        }
        else
        {
            if (!_reading.IsCompleted)
                return false;
            isMore = _reading.GetAwaiter().GetResult();
            _reading = null;
        }

        return isMore ? true : throw new IOException("The server has ended the replication.");
    }

    /// <summary>Completes when <see cref="TryRead"/> has something to say.</summary>
    public Task Arrival => _reading ?? Task.CompletedTask;

    /// <summary>Lets the server know, within a second, what is not needed any more.</summary>
    /// <remarks>Not by <c>SendStatusUpdate</c>: called while the replication is just beginning, it leaves a lock behind.</remarks>
    public void Confirm(ulong lsn) => _connection.SetReplicationStatus(new NpgsqlLogSequenceNumber(lsn));

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        try
        {
            if (_reading is not null)
                await _reading;
        }
        catch (Exception)
        {
            // cancelled, or lost with the connection
        }

        try
        {
            await _messages.DisposeAsync();
        }
        catch (Exception)
        {
            // the connection is closed next, whatever state it is in
        }

        await _connection.DisposeAsync();
        _closing.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> NextAsync()
    {
        try
        {
            if (!await _messages.MoveNextAsync())
                return false;
            Stream data = _messages.Current.Data;
            int length = (int)data.Length;
            if (length > _bytes.Length)
                _bytes = new byte[Math.Max(length, _bytes.Length * 2)];
            for (int read = 0; read < length;)
            {
                ValueTask<int> part = data.ReadAsync(_bytes.AsMemory(read, length - read), _closing.Token);
                int count = part.IsCompleted ? await part : await WaitForAsync(part);
                if (count == 0)
                    throw new IOException("The server has cut a message short.");
                read += count;
            }

            _length = length;
            return true;
        }
        catch (Exception error) when (_closing.IsCancellationRequested)
        {
            throw new IOException($"Nothing has come of the rest of a message for {_silenceLimit}.", error);
        }
    }

    /// <summary>Waits for a part of a message that has begun, no longer than a line may be silent.</summary>
    /// <remarks>The driver bounds the wait for a message's beginning, but neither bounds nor cancels by itself that for the rest of
    /// it.</remarks>
    private async ValueTask<int> WaitForAsync(ValueTask<int> part)
    {
        _closing.CancelAfter(_silenceLimit);
        try
        {
            return await part;
        }
        finally
        {
            if (!_closing.IsCancellationRequested)
                _closing.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }
}
