using System.Net.Sockets;

namespace ActorStreams.Cluster.Links;

/// <summary>A TCP connection without TLS.</summary>
internal sealed class SocketLine(Socket socket) : ILinkLine
{
    public ValueTask OpenAsync(CancellationToken cancellation) => ValueTask.CompletedTask;

    public ValueTask<int> ReceiveAsync(Memory<byte> room) => socket.ReceiveAsync(room, SocketFlags.None);

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        ValueTask<int> sending = socket.SendAsync(bytes, SocketFlags.None);
        if (!sending.IsCompletedSuccessfully)
            return SendRestAsync(sending, bytes);
        int sent = sending.Result;
        return sent == bytes.Length ? ValueTask.CompletedTask : SendRestAsync(new ValueTask<int>(sent), bytes);
    }

    public ValueTask FinishAsync()
    {
        socket.Shutdown(SocketShutdown.Send);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask SendRestAsync(ValueTask<int> sending, ReadOnlyMemory<byte> bytes)
    {
        while (true)
        {
            bytes = bytes[await sending..];
            if (bytes.IsEmpty)
                return;
            sending = socket.SendAsync(bytes, SocketFlags.None);
        }
    }
}
