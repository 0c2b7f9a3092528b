using ActorStreams.Operators.Joins;
using ActorStreams.Operators.Joins.Runtime;

namespace ActorStreams.Operators.Tests.Joins;

public sealed class RowBlocksSpec
{
    [Fact]
    public void Buffers_that_share_blocks_hold_their_own_rows_in_order_of_time()
    {
        for (int seed = 1; seed <= 6; seed++)
        {
            var random = new Random(seed);
            var blocks = new RowBlocks<string>();
            var buffers = new TimedBuffer[20];
            List<(long Time, string Row)>[] model = [.. buffers.Select(_ => new List<(long, string)>())];
            for (int step = 0; step < 8_000; step++)
            {
                // The first buffer is a hot one.
                int at = random.Next(4) == 0 ? 0 : random.Next(buffers.Length);
                if (random.Next(3) > 0)
                {
                    (long time, string row) = (step - random.Next(6), $"{seed}/{step}");
                    int place = model[at].FindLastIndex(other => other.Time <= time) + 1;
                    model[at].Insert(place, (time, row));
                    Assert.Equal(place == 0, blocks.Add(ref buffers[at], row, time, TimedRow<string>.New));
                }
                else if (model[at].Count > 0 && (at > 0 || step > 6_000))
                {
                    int dropped = 1 + random.Next(model[at].Count);
                    model[at].RemoveRange(0, dropped);
                    blocks.Drop(ref buffers[at], dropped);
                }

                Assert.True(model[at].SequenceEqual(RowsOf(blocks, buffers[at])), $"Seed {seed}, step {step}: buffer {at} is wrong.");
            }

            for (int at = 0; at < buffers.Length; at++)
            {
                Assert.True(model[at].SequenceEqual(RowsOf(blocks, buffers[at])), $"Seed {seed}: buffer {at} is wrong at the end.");
                blocks.Clear(ref buffers[at]);
                Assert.Equal(0, buffers[at].Count);
            }
        }
    }

    private static IEnumerable<(long Time, string Row)> RowsOf(RowBlocks<string> blocks, TimedBuffer buffer)
    {
        var rows = new List<(long, string)>();
        foreach (TimedRow<string> row in blocks.RowsOf(buffer))
            rows.Add((row.Time, row.Row));
        return rows;
    }
}
