using System.Buffers;
using System.Text.Json;
using ActorStreams.Serving.Access;
using ActorStreams.Serving.Changes;

namespace ActorStreams.Serving.Sockets;

/// <summary>Writes a subscription to a WebSocket, as many events as the client has given credit for.</summary>
/// <remarks>Credit is given from the receiving loop, events are sent by the subscription's own.</remarks>
internal sealed class SocketSubscription(string id, SocketLine line, CancellationToken left)
{
    /// <summary>Bytes that are collected before they are sent.</summary>
    private const int ChunkBytes = 64 << 10;

    private readonly Lock _lock = new();
    private long _credit;
    private TaskCompletionSource _given = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The client takes so many events more.</summary>
    public void Give(long events)
    {
        lock (_lock)
        {
            _credit = long.MaxValue - _credit < events ? long.MaxValue : _credit + events;
            _given.TrySetResult();
        }
    }

    /// <summary>Tells all events.</summary>
    /// <exception cref="ClientBehindException">The client takes too little.</exception>
    public async Task TellAsync(Subscription subscription)
    {
        (ArrayBufferWriter<byte> text, Utf8JsonWriter json) = line.NewWriter();
        await using (json)
        {
            while (await subscription.NextAsync() is { } batch)
            {
                int number = 0;
                while (number < batch.Count)
                {
                    long credit = await CreditAsync(subscription);
                    long before = number;
                    Begin(json);
                    long most = before + Math.Min(batch.Count - before, credit);
                    for (; number < most && json.BytesPending + json.BytesCommitted < ChunkBytes; number++)
                        batch[number].Write(json);
                    json.WriteEndArray();
                    json.WriteEndObject();
                    await json.FlushAsync(left);
                    await subscription.WaitAsync(line.SendAsync(text.WrittenMemory, left));
                    text.ResetWrittenCount();
                    json.Reset();
                    Take(number - before);
                }
            }
        }
    }

    private void Begin(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "events");
        json.WriteString("id", id);
        json.WriteStartArray("events");
    }

    private async ValueTask<long> CreditAsync(Subscription subscription)
    {
        while (true)
        {
            Task given;
            lock (_lock)
            {
                if (_credit > 0)
                    return _credit;
                if (_given.Task.IsCompleted)
                    _given = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                given = _given.Task;
            }

            await subscription.WaitAsync(given);
        }
    }

    private void Take(long events)
    {
        lock (_lock)
            _credit -= events;
    }
}
