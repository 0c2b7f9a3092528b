using ActorStreams.Authoring;

namespace ActorStreams.TestKit.Tests;

/// <summary>The contract of sources finds what a source breaks, and says which requirement that is.</summary>
[Trait("Issue", "11")]
public sealed class SourceContractSpec
{
    private static readonly string[] s_rows = [.. Enumerable.Range(0, 20).Select(row => $"row {row}")];

    [Fact]
    public Task A_source_that_can_be_read_again_keeps_it() => ContractOf(_ => { }).HoldsAsync();

    [Fact]
    public Task A_source_that_ends_only_where_it_was_when_it_was_opened_keeps_it() =>
        new SourceContract<string>(() => new Toy { KnowsEnd = true }, s_rows.Length) { AvailableNow = true }.HoldsAsync();

    [Fact]
    public Task An_outside_that_delivers_again_what_was_not_acknowledged_keeps_it() =>
        new SourceContract<string>(() => new Toy { Promises = SourceGuarantee.Acknowledged, Outside = new Outside() }, s_rows.Length)
            .HoldsAsync();

    [Fact]
    public Task Rows_that_come_once_are_held_to_less() =>
        new SourceContract<string>(() => new Toy { Promises = SourceGuarantee.Volatile, ForgetsOffset = true }, s_rows.Length).HoldsAsync();

    [Fact]
    public Task A_source_that_begins_anew_wherever_it_is_opened_is_found() =>
        BreaksAsync(toy => toy.ForgetsOffset = true, "Reading goes on just after any row");

    [Fact]
    public Task An_offset_that_is_not_after_the_last_row_is_found() =>
        BreaksAsync(toy => toy.OffsetLags = true, "Reading goes on just after any row");

    [Fact]
    public Task A_read_that_adds_more_than_the_buffer_holds_is_found() =>
        BreaksAsync(toy => toy.Overfills = true, "Every item comes once and offsets grow");

    [Fact]
    public Task A_read_that_ends_and_adds_rows_is_found() =>
        BreaksAsync(toy => toy.EndsWithRows = true, "Every item comes once and offsets grow");

    [Fact]
    public Task A_read_that_cannot_be_cancelled_is_found() =>
        BreaksAsync(toy => toy.IgnoresCancellation = true, "A read that is cancelled ends");

    [Fact]
    public Task Partitions_with_other_names_each_time_are_found() =>
        BreaksAsync(toy => toy.RenamesPartitions = true, "The partitions have the same names every time");

    [Fact]
    public Task Rows_that_are_missing_are_found() => BreaksAsync(_ =>
        { }, "Every item comes once and offsets grow", items: s_rows.Length + 1);

    [Fact]
    public async Task An_outside_that_forgets_what_was_not_acknowledged_is_found()
    {
        var contract = new SourceContract<string>(
            () => new Toy { Promises = SourceGuarantee.Acknowledged, Outside = new Outside { ForgetsAtOnce = true } }, s_rows.Length);
        ExpectationException broken = await Assert.ThrowsAsync<ExpectationException>(contract.HoldsAsync);
        Assert.Contains("What was not committed is delivered again", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_requirement_that_is_not_there_is_refused() =>
        await Assert.ThrowsAsync<ArgumentException>(() => ContractOf(_ => { }).HoldsAsync("to be quick"));

    private static SourceContract<string> ContractOf(Action<Toy> change, int? items = null) => new(() =>
    {
        var toy = new Toy();
        change(toy);
        return toy;
    }, items ?? s_rows.Length);

    private static async Task BreaksAsync(Action<Toy> change, string requirement, int? items = null)
    {
        await Assert.ThrowsAsync<ExpectationException>(ContractOf(change, items).HoldsAsync);
        requirement = Assert.Single(ContractOf(change).Requirements, name => name.StartsWith(requirement, StringComparison.Ordinal));
        ExpectationException broken = await Assert.ThrowsAsync<ExpectationException>(() =>
            ContractOf(change, items).HoldsAsync(requirement));
        Assert.Contains($"The source 'toy' breaks the requirement '{requirement}'", broken.Message, StringComparison.Ordinal);
    }

    /// <summary>What a broker keeps of one source: what was acknowledged, or given, is gone.</summary>
    private sealed class Outside
    {
        public bool ForgetsAtOnce { get; init; }

        public long Gone { get; set; }
    }

    /// <summary>A source of twenty rows that can be told to break its promises.</summary>
    private sealed class Toy : Source<string>
    {
        private static int s_names;

        public SourceGuarantee Promises { get; init; } = SourceGuarantee.Replayable;

        public bool KnowsEnd { get; init; }

        public Outside? Outside { get; init; }

        public bool ForgetsOffset { get; set; }

        public bool OffsetLags { get; set; }

        public bool Overfills { get; set; }

        public bool EndsWithRows { get; set; }

        public bool IgnoresCancellation { get; set; }

        public bool RenamesPartitions { get; set; }

        public override string Description => "toy";

        public override SourceGuarantee Guarantee => Promises;

        public override bool KnowsItsEnd => KnowsEnd;

        public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
            new([RenamesPartitions ? $"{++s_names}" : "0"]);

        public override ValueTask<SourceReader<string>> OpenAsync(
            string partition, SourceOffset? from, SourceContext context, CancellationToken cancellation) =>
            new(new Reader(this, Outside?.Gone ?? (ForgetsOffset ? 0 : from?.Value ?? 0), isBounded: !KnowsEnd || context.AvailableNow));
    }

    private sealed class Reader(Toy toy, long from, bool isBounded) : SourceReader<string>
    {
        private long _next = from;

        public override SourceOffset Offset => new(toy.OffsetLags ? Math.Max(0, _next - 1) : _next);

        public override async ValueTask<bool> ReadAsync(SourceBuffer<string> buffer, CancellationToken cancellation)
        {
            if (!toy.IgnoresCancellation)
                cancellation.ThrowIfCancellationRequested();
            if (_next == s_rows.Length && !isBounded)
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            long before = _next;
            for (; _next < s_rows.Length && !buffer.IsFull; _next++)
                buffer.Add(s_rows[_next], _next);
            if (toy.Overfills)
                buffer.Reject("too much", new FormatException("too much"), _next);
            if (toy.Outside is { ForgetsAtOnce: true } outside)
                outside.Gone = _next;
            return _next > before && !(toy.EndsWithRows && _next == s_rows.Length);
        }

        public override ValueTask CommittedAsync(SourceOffset offset, CancellationToken cancellation)
        {
            if (toy.Outside is { } outside)
                outside.Gone = Math.Max(outside.Gone, offset.Value);
            return ValueTask.CompletedTask;
        }
    }
}
