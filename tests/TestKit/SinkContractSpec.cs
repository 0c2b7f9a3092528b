using ActorStreams.Authoring;

namespace ActorStreams.TestKit.Tests;

/// <summary>The contract of sinks finds what a sink breaks, and says which requirement that is.</summary>
[Trait("Issue", "11")]
public sealed class SinkContractSpec
{
    [Theory]
    [InlineData(SinkGuarantee.TwoPhase)]
    [InlineData(SinkGuarantee.Idempotent)]
    [InlineData(SinkGuarantee.AtLeastOnce)]
    public Task A_sink_that_does_as_it_says_keeps_it(SinkGuarantee guarantee) =>
        ContractOf(new Flaws { Guarantee = guarantee }).HoldsAsync();

    [Fact]
    public Task Rows_that_are_seen_before_the_commit_are_found() =>
        BreaksAsync(new Flaws { ShowsAtOnce = true }, "Nothing of an epoch is there before the store has committed it");

    [Fact]
    public Task A_commit_that_does_its_work_twice_is_found() =>
        BreaksAsync(new Flaws { CommitsAgain = true }, "A commit that is told twice is one");

    [Fact]
    public Task A_start_that_does_not_look_at_the_handle_is_found() =>
        BreaksAsync(new Flaws { ForgetsHandle = true }, "A crash after the store has committed is made good at the start");

    [Fact]
    public Task A_start_that_shows_what_was_only_prepared_is_found() =>
        BreaksAsync(new Flaws { CommitsWhatIsStaged = true }, "A crash before the store has committed takes back what was prepared");

    [Fact]
    public Task Rows_of_the_next_epoch_in_the_one_before_are_found() =>
        BreaksAsync(new Flaws { StagesAtCommit = true }, "Rows that come after the barrier belong to the next epoch");

    [Fact]
    public Task Rows_that_are_lost_by_a_sink_at_least_once_are_found() => BreaksAsync(
        new Flaws { Guarantee = SinkGuarantee.AtLeastOnce, LosesLastRow = true }, "Rows of a committed epoch are there");

    private static SinkContract<string> ContractOf(Flaws flaws) => new(() => new Place(flaws), row: n => $"row {n}");

    private static async Task BreaksAsync(Flaws flaws, string requirement)
    {
        ExpectationException broken = await Assert.ThrowsAsync<ExpectationException>(ContractOf(flaws).HoldsAsync);
        Assert.Contains("The sink 'toy' breaks the requirement '", broken.Message, StringComparison.Ordinal);
        broken = await Assert.ThrowsAsync<ExpectationException>(() => ContractOf(flaws).HoldsAsync(requirement));
        Assert.Contains($"'{requirement}'", broken.Message, StringComparison.Ordinal);
    }

    private sealed record Flaws
    {
        public SinkGuarantee Guarantee { get; init; } = SinkGuarantee.TwoPhase;

        public bool ShowsAtOnce { get; init; }

        public bool CommitsAgain { get; init; }

        public bool ForgetsHandle { get; init; }

        public bool CommitsWhatIsStaged { get; init; }

        public bool StagesAtCommit { get; init; }

        public bool LosesLastRow { get; init; }
    }

    /// <summary>The outside: what is seen, and by writer and epoch what is staged.</summary>
    private sealed class Place(Flaws flaws) : SinkSite<string>
    {
        public List<string> Seen { get; } = [];

        public Dictionary<(int Writer, long Epoch), List<string>> Staged { get; } = [];

        public override Sink<string> NewSink() => new Toy(this, flaws);

        public override Task<IReadOnlyList<string>> ReadAsync() => Task.FromResult<IReadOnlyList<string>>([.. Seen]);
    }

    private sealed class Toy(Place place, Flaws flaws) : Sink<string>
    {
        public override string Description => "toy";

        public override SinkGuarantee Guarantee => flaws.Guarantee;

        public override async ValueTask<SinkWriter<string>> OpenAsync(SinkContext context, CancellationToken cancellation)
        {
            var writer = new Writer(place, flaws, context.Writer);
            if (context.Handle is not null && !flaws.ForgetsHandle)
                await writer.CommitAsync(context.CommittedEpoch, context.Handle, cancellation);
            foreach ((int Writer, long Epoch) staged in place.Staged.Keys.Where(key => key.Writer == context.Writer).ToArray())
            {
                if (flaws.CommitsWhatIsStaged)
                    await writer.CommitAsync(staged.Epoch, [], cancellation);
                place.Staged.Remove(staged);
            }

            return writer;
        }
    }

    private sealed class Writer(Place place, Flaws flaws, int number) : SinkWriter<string>
    {
        private readonly List<string> _rows = [];

        private bool IsTwoPhase => flaws.Guarantee == SinkGuarantee.TwoPhase;

        public override void Write(in Chunk<string> chunk)
        {
            if (IsTwoPhase && !flaws.ShowsAtOnce)
                _rows.AddRange(chunk.Rows);
            else
                Show(chunk.Rows);
        }

        public override ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
        {
            if (!IsTwoPhase)
                return new(PreparedOutput.None);
            if (!flaws.StagesAtCommit)
                Stage(epoch);
            return new(new PreparedOutput([], Handle: [1]));
        }

        public override ValueTask CommitAsync(long epoch, byte[]? handle, CancellationToken cancellation)
        {
            if (flaws.StagesAtCommit)
                Stage(epoch);
            if (!place.Staged.TryGetValue((number, epoch), out List<string>? rows))
                return ValueTask.CompletedTask;
            place.Seen.AddRange(rows);
            if (!flaws.CommitsAgain)
                place.Staged.Remove((number, epoch));
            return ValueTask.CompletedTask;
        }

        private void Stage(long epoch)
        {
            place.Staged[(number, epoch)] = [.. _rows];
            _rows.Clear();
        }

        private void Show(ReadOnlySpan<string> rows)
        {
            foreach (string row in flaws.LosesLastRow ? rows[..^1] : rows)
            {
                if (flaws.Guarantee != SinkGuarantee.Idempotent || !place.Seen.Contains(row))
                    place.Seen.Add(row);
            }
        }
    }
}
