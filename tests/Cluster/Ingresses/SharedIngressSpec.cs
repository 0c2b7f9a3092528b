using ActorStreams.Authoring;
using ActorStreams.Core.Sources;

namespace ActorStreams.Cluster.Tests.Ingresses;

/// <summary>Of the ingresses of several nodes one is read in each attempt. Rows of the others are handed on to it, and what was read and
/// committed is never read again, whatever a node had heard of it.</summary>
public sealed class SharedIngressSpec
{
    private readonly Ingress<int> _ann = Shared("ann"), _bob = Shared("bob");

    [Fact]
    public async Task Rows_that_were_read_and_not_committed_are_handed_on_and_those_that_were_are_durable()
    {
        Task[] told = [.. Enumerable.Range(1, 4).Select(row => _ann.TellAsync(row))];
        SourceOffset read = await ReadAsync(_ann, attempt: 1, from: null, [1, 2, 3, 4]);

        // The epoch has two of them; Ann's node has not heard of its commit when Bob's ingress is read.
        var committed = new SourceOffset(2, read.State);
        SourceReader<int> reader = await OpenAsync(_bob, attempt: 2, committed);
        IReadOnlyList<HandedRow> handed = HandOver(_ann, _bob, attempt: 2);
        Assert.Equal([true, true, false, false], told.Select(static one => one.IsCompletedSuccessfully));
        Assert.Equal(2, handed.Count);
        Task[] taken = [.. handed.Select(row => ((ISharedIngress)_bob).TakeAsync(row.Bytes, row.IsUrgent))];
        var buffer = new SourceBuffer<int>();
        Assert.True(await reader.ReadAsync(buffer, CancellationToken.None));
        Assert.Equal([3, 4], buffer.Rows.ToArray());
        await reader.CommittedAsync(reader.Offset, CancellationToken.None);
        await Task.WhenAll(taken);
        foreach (HandedRow row in handed)
            row.End(null);
        await Task.WhenAll(told);

        // Ann's is read again, and gives only what was told since.
        Task later = _ann.TellAsync(5);
        SourceOffset last = reader.Offset;
        await reader.DisposeAsync();
        Assert.Equal(5, (await ReadAsync(_ann, attempt: 3, last, [5])).Value);
        Assert.False(later.IsCompleted);
    }

    [Fact]
    public async Task Offsets_that_went_on_without_an_ingress_do_not_count_for_its_rows()
    {
        Task[] told = [.. Enumerable.Range(1, 4).Select(row => _ann.TellAsync(row))];
        SourceOffset read = await ReadAsync(_ann, attempt: 1, from: null, [1, 2, 3, 4]);
        _ = Enumerable.Range(11, 3).Select(row => _bob.TellAsync(row)).ToArray();
        SourceOffset others = await ReadAsync(_bob, attempt: 2, new SourceOffset(2, read.State), [11, 12, 13]);
        Assert.Equal(5, others.Value);

        // Ann's is read again before it could hand anything on: two of its rows are committed, not five.
        await ReadAsync(_ann, attempt: 3, others, [3, 4]);

        Assert.Equal([true, true, false, false], told.Select(static one => one.IsCompletedSuccessfully));
    }

    [Fact]
    public async Task Nothing_is_handed_on_while_an_ingress_is_read_or_was_in_a_later_attempt()
    {
        Task told = _ann.TellAsync(1);
        SourceReader<int> reader = await OpenAsync(_ann, attempt: 5, from: null);

        Assert.Empty(((ISharedIngress)_ann).HandOver(6, null));
        await reader.DisposeAsync();
        Assert.Empty(((ISharedIngress)_ann).HandOver(5, null));

        HandedRow row = Assert.Single(((ISharedIngress)_ann).HandOver(6, null));
        row.End(new JobException("nobody knows") { IsInDoubt = true });
        Assert.True((await Assert.ThrowsAsync<JobException>(() => told)).IsInDoubt);
    }

    private static Ingress<int> Shared(string id)
    {
        var ingress = new Ingress<int>();
        ((ISharedIngress)ingress).Share(id);
        return ingress;
    }

    private static IReadOnlyList<HandedRow> HandOver(ISharedIngress from, ISharedIngress to, long attempt)
    {
        Assert.True(to.IsReadIn(attempt, from.Id, out long? committed));
        return from.HandOver(attempt, committed);
    }

    private static async Task<SourceReader<int>> OpenAsync(Ingress<int> ingress, long attempt, SourceOffset? from) =>
        await ingress.OpenAsync("told", from, new SourceContext("rows", "ingress", TimeProvider.System) { Attempt = attempt },
            CancellationToken.None);

    /// <summary>Opens, reads, and is closed without having heard of a commit.</summary>
    private static async Task<SourceOffset> ReadAsync(Ingress<int> ingress, long attempt, SourceOffset? from, int[] rows)
    {
        SourceReader<int> reader = await OpenAsync(ingress, attempt, from);
        var buffer = new SourceBuffer<int>();
        Assert.True(await reader.ReadAsync(buffer, CancellationToken.None));
        Assert.Equal(rows, buffer.Rows.ToArray());
        SourceOffset offset = reader.Offset;
        await reader.DisposeAsync();
        return offset;
    }
}
