using System.Threading.Channels;
using ActorStreams.TestKit;

namespace ActorStreams.Connectors.Tests;

/// <summary>Sources that cannot be read again keep what they promise of the contract; those of files are held to all of it in their own
/// specs.</summary>
[Trait("Issue", "11")]
public sealed class SourceContractSpec
{
    [Fact]
    public Task Rows_in_code() => new SourceContract<int>(() => Sources.Of([1, 2, 3, 4, 5, 6, 7], partitions: 3), items: 7).HoldsAsync();

    [Fact]
    public Task A_channel() => new SourceContract<int>(() =>
    {
        var channel = Channel.CreateUnbounded<int>();
        for (int row = 0; row < 20; row++)
            channel.Writer.TryWrite(row);
        channel.Writer.Complete();
        return Sources.From(channel.Reader);
    }, items: 20).HoldsAsync();

    [Fact]
    public Task A_sequence_that_comes_by_and_by() => new SourceContract<int>(() => Sources.From(Rows()), items: 12).HoldsAsync();

    private static async IAsyncEnumerable<int> Rows()
    {
        for (int row = 0; row < 12; row++)
        {
            await Task.Yield();
            yield return row;
        }
    }
}
