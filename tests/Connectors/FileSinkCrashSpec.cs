using System.Text;
using ActorStreams.Authoring;
using ActorStreams.Connectors.Files.Runtime;

namespace ActorStreams.Connectors.Tests;

/// <summary>A job that writes a file and dies wherever it is told to; what is visible after each restart is what was committed.</summary>
public sealed class FileSinkCrashSpec : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private sealed class Crash : Exception;

    /// <summary>The store and the file, as far as they outlive a crash; and the model of what must be visible.</summary>
    private sealed class World(string path, int[][] epochs, string old, IfExists ifExists, int copyBytes)
    {
        private long _generation;

        public long Committed { get; private set; }

        public byte[]? Handle { get; private set; }

        public bool IsDone => Committed == epochs.Length;

        public Func<string, bool> DiesAt { get; set; } = _ => false;

        /// <summary>Before the first commit the old content; then the header, if the file is new, and the rows of the committed
        /// epochs.</summary>
        public string Expected()
        {
            if (Committed == 0)
                return old;
            var text = new StringBuilder(old.Length > 0 && ifExists == IfExists.Append ? old : "row\n");
            foreach (int row in epochs.Take((int)Committed).SelectMany(rows => rows))
                text.Append(row).Append('\n');
            return text.ToString();
        }

        /// <summary>One life of the job; true if it came to its end.</summary>
        public async Task<bool> RunAsync()
        {
            SinkWriter<int>? writer = null;
            try
            {
                writer = await OpenAsync();
                Assert.Equal(Expected(), Visible());
                int written = 0;
                for (long epoch = Committed + 1; epoch <= epochs.Length; epoch++)
                {
                    Write(writer, epochs[epoch - 1], written);
                    PreparedOutput output = await writer.PrepareAsync(epoch, default);
                    written = epoch < epochs.Length ? epochs[epoch].Length / 2 : 0;
                    if (written > 0)
                    {
                        Write(writer, epochs[epoch][..written], 0);          // the next epoch has begun already
                        await writer.FlushAsync(default);
                    }

                    Step("before the store commits");
                    (Committed, Handle) = (epoch, output.Handle);
                    Step("after the store committed");
                    await writer.CommitAsync(epoch, output.Handle, default);
                    await writer.CommitAsync(epoch, output.Handle, default);
                    Assert.Equal(Expected(), Visible());
                }

                return true;
            }
            catch (Crash)
            {
                return false;
            }
            finally
            {
                if (writer is not null)
                    await writer.DisposeAsync();               // the process's handles are closed, nothing else
            }
        }

        private ValueTask<SinkWriter<int>> OpenAsync()
        {
            var sink = new StagedFileSink<int>("CSV", path,
                new CsvFormat<int>(new CsvColumns<int>().Column("row", row => row), new CsvOptions()), ifExists)
            {
                BeforeStep = Step,
                CopyBytes = copyBytes
            };
            return sink.OpenAsync(new SinkContext("pipeline", "sink", 0, Committed, Handle, ++_generation, TimeProvider.System), default);
        }

        private void Step(string step)
        {
            if (DiesAt(step))
                throw new Crash();
        }

        private string Visible() => File.Exists(path) ? File.ReadAllText(path) : "";

        private static void Write(SinkWriter<int> writer, int[] rows, int from) =>
            writer.Write(new Chunk<int>(rows.AsSpan(from), new long[rows.Length - from]));
    }

    private static readonly int[][] s_epochs = [[1, 2, 3], [], [4], [5, 60, 700, 8000, 90000], [], [6, 7]];

    [Fact]
    public async Task A_crash_at_any_step_leaves_exactly_what_was_committed()
    {
        int steps = 0;
        for (int nth = 1; ; nth++)
        {
            World world = NewWorld($"{nth}.csv", s_epochs, "", IfExists.Refuse, copyBytes: 4);
            steps = 0;
            world.DiesAt = _ => ++steps == nth;
            bool finished = await world.RunAsync();
            while (!world.IsDone || !finished)
                finished = await world.RunAsync();
            await world.RunAsync();                            // one more start, with nothing to do
            if (steps < nth)
                break;
        }

        Assert.True(steps > 50, $"{steps} steps");
        Assert.DoesNotContain(_folder.Names(), name => name.EndsWith(".staging", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_crash_during_recovery_changes_nothing()
    {
        for (int nth = 1; nth < 80; nth++)
        {
            for (int mth = 1; mth < 8; mth++)
            {
                World world = NewWorld($"{nth}-{mth}.csv", s_epochs, "", IfExists.Refuse, copyBytes: 6);
                int steps = 0;
                world.DiesAt = _ => ++steps == nth || steps == nth + mth;
                for (bool finished = false; !finished || !world.IsDone;)
                    finished = await world.RunAsync();
            }
        }
    }

    [Fact]
    public async Task Random_lives_and_deaths_leave_what_the_model_says()
    {
        for (int seed = 0; seed < 150; seed++)
        {
            var random = new Random(seed);
            int[][] epochs = Enumerable.Range(0, random.Next(1, 8))
                .Select(_ => Enumerable.Range(0, random.Next(2) * random.Next(40)).Select(_ => random.Next()).ToArray()).ToArray();
            string old = random.Next(2) == 0 ? "" : "old content\n";
            IfExists ifExists = random.Next(2) == 0 ? IfExists.Overwrite : IfExists.Append;
            World world = NewWorld($"{seed}.csv", epochs, old, ifExists, random.Next(1, 200));
            world.DiesAt = _ => random.Next(25) == 0;
            try
            {
                for (int life = 0; life < 200 && !await world.RunAsync(); life++)
                {
                }

                world.DiesAt = _ => false;
                Assert.True(await world.RunAsync());
            }
            catch (Exception error) when (error is not Crash)
            {
                throw new InvalidOperationException($"seed {seed}", error);
            }
        }
    }

    private World NewWorld(string name, int[][] epochs, string old, IfExists ifExists, int copyBytes)
    {
        if (old.Length > 0)
            _folder.Write(name, old);
        return new World(_folder[name], epochs, old, ifExists, copyBytes);
    }
}
