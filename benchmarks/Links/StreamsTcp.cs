using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using ActorStreams.Benchmarks.AkkaStreams;
using ActorStreams.Benchmarks.Harness;
using Akka;
using Akka.IO;
using Akka.Streams.Dsl;

namespace ActorStreams.Benchmarks.Links;

/// <summary>Akka.Streams TCP with frames of 1,024 rows, as its users write it: length field, framing stage. The frames are made before,
/// which is to its advantage.</summary>
internal sealed class StreamsTcp : ILinkSide
{
    private static readonly ByteString[] s_frames = [.. Enumerable.Range(0, LinkRows.CycleRows / LinkRows.FrameRows).Select(FrameOf)];

    private TaskCompletionSource<Outcome> _done = new();
    private Outcome _outcome;
    private long _rows;
    private string _address = "";

    public string Listen()
    {
        Akka.Streams.Dsl.Tcp.ServerBinding binding = AkkaSystem.System.TcpStream().Bind("127.0.0.1", 0)
            .To(Sink.ForEach<Akka.Streams.Dsl.Tcp.IncomingConnection>(connection => connection.HandleWith(
                Flow.FromSinkAndSource(
                    Framing.LengthField(4, 1 << 20, 0, ByteOrder.LittleEndian).To(Sink.ForEach<ByteString>(OnFrame)),
                    Source.Maybe<ByteString>(), Keep.None),
                AkkaSystem.Materializer)))
            .Run(AkkaSystem.Materializer).GetAwaiter().GetResult();
        return ((IPEndPoint)binding.LocalAddress).Port.ToString(CultureInfo.InvariantCulture);
    }

    public Task<Outcome> ReceiveAsync(long rows, int run)
    {
        (_rows, _outcome, _done) = (rows, default, new TaskCompletionSource<Outcome>(TaskCreationOptions.RunContinuationsAsynchronously));
        return _done.Task;
    }

    public Task ConnectAsync(string address, int run)
    {
        _address = address;
        return Task.CompletedTask;
    }

    public Task SendAsync(long rows)
    {
        long frames = rows / LinkRows.FrameRows;
        Source<ByteString, NotUsed> source = Source.UnfoldInfinite<long, ByteString>(0, at => (at + 1,
            s_frames[at % s_frames.Length])).Take(frames);
        source.Via(AkkaSystem.System.TcpStream().OutgoingConnection("127.0.0.1", int.Parse(_address, CultureInfo.InvariantCulture)))
            .RunWith(Sink.Ignore<ByteString>(), AkkaSystem.Materializer);
        return Task.CompletedTask;
    }

    public Task CloseAsync() => Task.CompletedTask;

    private static ByteString FrameOf(int number)
    {
        ReadOnlySpan<byte> rows = MemoryMarshal.AsBytes(LinkRows.Cycle.AsSpan(number * LinkRows.FrameRows, LinkRows.FrameRows));
        byte[] bytes = new byte[4 + rows.Length];
        MemoryMarshal.Write(bytes, rows.Length);
        rows.CopyTo(bytes.AsSpan(4));
        return ByteString.FromBytes(bytes);
    }

    private void OnFrame(ByteString frame)
    {
        ReadOnlySpan<byte> bytes = frame.ToArray();         // it may be in pieces
        _outcome += LinkRows.Digest(MemoryMarshal.Cast<byte, LinkRow>(bytes[4..]));
        if (_outcome.Count == _rows)
            _done.TrySetResult(_outcome);
    }
}
