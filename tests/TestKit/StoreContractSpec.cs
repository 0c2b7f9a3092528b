using ActorStreams.Authoring;

namespace ActorStreams.TestKit.Tests;

/// <summary>The contract of stores finds what a store breaks, and says which requirement that is.</summary>
[Trait("Issue", "11")]
public sealed class StoreContractSpec
{
    [Theory]
    [InlineData("What was committed is read back")]
    [InlineData("Values of every type come back as they were")]
    [InlineData("Records get offsets by partition over epochs and jobs")]
    public async Task A_store_that_does_as_it_says_keeps_it(string requirement)
    {
        await new StoreContract(() => new Disk()).HoldsAsync(requirement);
        await new StoreContract(() => new Disk(), reopens: true).HoldsAsync(requirement);
    }

    [Theory]
    [InlineData("A fenced writer appends nothing")]
    [InlineData("Every open takes the next generation")]
    public Task A_store_that_fences_nobody_is_found(string requirement) => BreaksAsync(new Flaws { FencesNobody = true }, requirement);

    [Fact]
    public Task A_store_that_forgets_the_last_epoch_when_it_is_opened_again_is_found() =>
        BreaksAsync(new Flaws { LosesEpochs = true }, "What was committed is read back");

    [Fact]
    public async Task A_store_in_memory_alone_cannot_be_held_to_being_opened_again() =>
        await Assert.ThrowsAsync<ArgumentException>(() => new StoreContract(() => new Disk { Lives = false }, reopens: true).HoldsAsync());

    private static async Task BreaksAsync(Flaws flaws, string requirement)
    {
        var contract = new StoreContract(() => new Disk { Flaws = flaws }, reopens: flaws.LosesEpochs);
        ExpectationException broken = await Assert.ThrowsAsync<ExpectationException>(() => contract.HoldsAsync(requirement));
        Assert.Contains($"The store 'broken' breaks the requirement '{requirement}'", broken.Message, StringComparison.Ordinal);
    }

    private sealed record Flaws
    {
        public bool FencesNobody { get; init; }

        public bool LosesEpochs { get; init; }
    }

    private sealed class Disk : StoreSite
    {
        private SimulatedDisk _disk = new();
        private SimulatedStore? _store;

        public Flaws? Flaws { get; init; }

        public bool Lives { get; init; } = true;

        public override bool IsDurable => Lives;

        public override Store Open()
        {
            if (Flaws is { LosesEpochs: true })
                _disk = new SimulatedDisk();
            _store = new SimulatedStore(_disk);
            return Flaws is null ? _store : new Broken(_store, Flaws);
        }

        public override Task<IReadOnlyList<object?[]>> ReadTableAsync(string name, params ColumnType[] types) =>
            Task.FromResult(_store!.ReadTable(name));
    }

    /// <summary>A store that gives every writer the first generation.</summary>
    private sealed class Broken(SimulatedStore store, Flaws flaws) : Store
    {
        private readonly Dictionary<string, JobJournal> _journals = [];

        public override string Description => "broken";

        public override string Durability => store.Durability;

        public override TopicLog Topics => store.Topics;

        public override async ValueTask<JobJournal> OpenAsync(string job, CancellationToken cancellation = default)
        {
            if (!flaws.FencesNobody)
                return await store.OpenAsync(job, cancellation);
            if (!_journals.TryGetValue(job, out JobJournal? journal))
                _journals[job] = journal = await store.OpenAsync(job, cancellation);
            return journal;
        }

        public override ValueTask<JobReader?> OpenReaderAsync(string job, CancellationToken cancellation = default) =>
            store.OpenReaderAsync(job, cancellation);
    }
}
