using System.Threading.Channels;
using ActorStreams;
using ActorStreams.Authoring;

namespace FailedLogins;

/// <summary>One signal from every line of the standard input; the offset is the number of lines read.</summary>
/// <remarks>
/// A pipe cannot be read again, so whoever starts the program again gives the same lines from the beginning (<c>tail -n +1 -f signals.jsonl
/// | …</c>): those that are committed are skipped, the others have left no trace. That makes the results exactly once. Blank lines are no
/// signals; a line that is not a signal is rejected with its number and the reason.
/// </remarks>
internal sealed class StandardInput(TextReader input) : Source<Signal>
{
    private const int LinesAhead = 4096;

    public override string Description => "standard input";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    /// <summary>Lines come as they are written: absence is told while nobody writes any.</summary>
    public override Silence Silence => Silence.NothingHappens;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        new(["stdin"]);

    public override async ValueTask<SourceReader<Signal>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation)
    {
        ChannelReader<string> lines = ReadAhead(input);
        long committed = from?.Value ?? 0;
        for (long line = 0; line < committed; line++)
        {
            if (!await lines.WaitToReadAsync(cancellation) || !lines.TryRead(out _))
            {
                throw new SourceException($"The standard input ends after {line} lines, but {committed} are committed already. " +
                    "Give the same lines from the beginning, or another --store for other lines.");
            }
        }

        return new Reader(lines, committed);
    }

    /// <summary>Reading a console or pipe blocks a thread until there is a line, so it has a thread of its own, which dies with the
    /// program.</summary>
    private static ChannelReader<string> ReadAhead(TextReader input)
    {
        var lines = Channel.CreateBounded<string>(new BoundedChannelOptions(LinesAhead) { SingleReader = true, SingleWriter = true });
        var thread = new Thread(() =>
        {
            try
            {
                while (input.ReadLine() is { } line)
                    lines.Writer.WriteAsync(line).AsTask().GetAwaiter().GetResult();
                lines.Writer.Complete();
            }
            catch (IOException error)
            {
                lines.Writer.Complete(error);
            }
        })
        {
            IsBackground = true,
            Name = "standard input",
        };
        thread.Start();
        return lines.Reader;
    }

    private sealed class Reader(ChannelReader<string> lines, long committed) : SourceReader<Signal>
    {
        private long _line = committed;

        public override SourceOffset Offset => new(_line);

        public override async ValueTask<bool> ReadAsync(SourceBuffer<Signal> buffer, CancellationToken cancellation)
        {
            bool isAny = false;
            while (!isAny && await lines.WaitToReadAsync(cancellation))
            {
                while (!buffer.IsFull && lines.TryRead(out string? line))
                {
                    _line++;
                    isAny |= Take(line, buffer);
                }
            }

            return isAny;
        }

        private bool Take(string line, SourceBuffer<Signal> buffer)
        {
            if (string.IsNullOrWhiteSpace(line))
                return false;
            try
            {
                buffer.Add(SignalJson.Parse(line), _line - 1);
            }
            catch (FormatException error)
            {
                buffer.Reject(line, new SourceException($"Standard input, line {_line}: {error.Message}.", error), _line - 1);
            }

            return true;
        }
    }
}
