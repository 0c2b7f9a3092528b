using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams.Operators.Tests.Tables;

public sealed class SortedRowsSpec
{
    [Theory]
    [InlineData(50, 3_000)]         // many equal rows, runs of nothing but equals
    [InlineData(1_000_000, 6_000)]
    [InlineData(1, 1_000)]
    public void Holds_what_a_sorted_list_holds(int values, int steps)
    {
        for (int seed = 1; seed <= 4; seed++)
        {
            var random = new Random(seed);
            var rows = new SortedRows<int>(Comparer<int>.Default);
            var model = new List<int>();
            for (int step = 0; step < steps; step++)
            {
                int limit = random.Next(30), value = random.Next(values);
                bool isShrinking = step > steps * 2 / 3;
                if (random.Next(3) > (isShrinking ? 1 : 0))
                    Compare(model, limit, Insert(model, value), rows.Add(value, limit), $"Seed {seed}, step {step}: {value} added");
                else
                    Compare(model, limit,
                        Delete(model, value = random.Next(2) == 0 || model.Count == 0 ? value : model[random.Next(model.Count)]),
                        rows.Remove(value, limit), $"Seed {seed}, step {step}: {value} removed");
                Assert.Equal(model.Count, rows.Count);
            }

            Assert.Equal(model, rows.All);
            Assert.All(Enumerable.Range(0, model.Count), place => Assert.Equal(model[place], rows[place]));
            foreach (int value in model.ToArray())
                Assert.True(rows.Remove(value, 0) >= 0, $"Seed {seed}: {value} is lost.");
            Assert.Equal((0, -1), (rows.Count, rows.Remove(0, 1)));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Takes_rows_that_come_in_order_and_go_in_order(int direction)
    {
        var rows = new SortedRows<int>(Comparer<int>.Default);
        for (int i = 0; i < 20_000; i++)
            rows.Add(i * direction, 10);
        for (int i = 0; i < 20_000; i++)
        {
            rows.PrefetchFences();
            rows.PrefetchRun(i * direction);
            Assert.Equal(direction > 0 ? 0 : rows.Count - 1, rows.Remove(i * direction, int.MaxValue));
        }

        Assert.Equal(0, rows.Count);
    }

    private static void Compare(List<int> model, int limit, int expected, int place, string what) =>
        Assert.True(expected < 0 ? place < 0 : Math.Min(expected, limit) == Math.Min(place, limit),
            $"{what} among {model.Count} rows: place {expected} expected, {place} told, {limit} asked for.");

    private static int Insert(List<int> model, int value)
    {
        int at = model.BinarySearch(value) is var found && found < 0 ? ~found : found;
        while (at < model.Count && model[at] == value)
            at++;
        model.Insert(at, value);
        return at;
    }

    private static int Delete(List<int> model, int value)
    {
        int at = model.LastIndexOf(value);
        if (at >= 0)
            model.RemoveAt(at);
        return at;
    }
}
