using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Aggregates;

/// <summary>A row with something of everything.</summary>
public readonly record struct Row(long Time, int Whole, double Real, double? Maybe, string? Name, decimal Money);

/// <summary>What holds for every aggregate, tried on random rows: a slow, obvious model says what the result is.</summary>
internal static class Laws
{
    private const int Cases = 60;

    /// <summary>Rows with ties, nulls, NaN, infinities and equal times.</summary>
    public static List<Row> Rows(Random random, int count, bool isFinite = false)
    {
        string?[] names = ["ann", "bob", "Bob", "", "zoë", null];
        return [.. Enumerable.Range(0, count).Select(_ => new Row(
            random.Next(-5, 6),
            random.Next(-4, 5),
            Real(random, isFinite),
            random.Next(3) == 0 ? null : Real(random, isFinite),
            names[random.Next(names.Length)],
            random.Next(-300, 300) / 100m))];
    }

    private static double Real(Random random, bool isFinite) => random.Next(isFinite ? 36 : 40) switch
    {
        39 => double.NaN,
        38 => double.PositiveInfinity,
        37 => double.NegativeInfinity,
        36 => -0.0,
        < 12 => random.Next(-3, 4),
        _ => (random.NextDouble() * 200) - 100,
    };

    /// <summary>Folding, merging, taking back, storing and reading the result in between: all come to what the model says.</summary>
    public static void Hold<TOut>(
        Aggregate<Row, TOut> aggregate, Func<List<Row>, TOut> model, Func<TOut, string>? text = null, bool isFinite = false) =>
        aggregate.Use(new Holding<TOut>(model, text ?? Text, isFinite));

    private static void Hold<TAgg, TAcc, TOut>(
        Aggregate<Row, TAgg, TAcc, TOut> aggregate, Func<List<Row>, TOut> model, Func<TOut, string> text, bool isFinite)
        where TAgg : struct, IAggregator<Row, TAcc, TOut>
    {
        for (int seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            List<Row> rows = Rows(random, random.Next(4) == 0 ? random.Next(3) : random.Next(80), isFinite);
            string expected = text(model(rows));
            Assert.True(expected == text(Folded(aggregate, rows)),
                $"Seed {seed}, folded: {text(Folded(aggregate, rows))}, not {expected}.");
            Assert.True(expected == text(Stored(aggregate, rows, random)),
                $"Seed {seed}, stored in between: {text(Stored(aggregate, rows, random))}, not {expected}.");
            if (aggregate.CanMerge)
                Assert.True(expected == text(Merged(aggregate, rows, random, text)), $"Seed {seed}, merged: not {expected}.");
            if (aggregate.CanRetract)
            {
                string came = text(Retracted(aggregate, rows, Rows(random, 20, isFinite), random));
                Assert.True(expected == came, $"Seed {seed}, after rows were taken back: {came}, not {expected}.");
            }
        }
    }

    public static TOut Folded<TOut>(Aggregate<Row, TOut> aggregate, List<Row> rows) => aggregate.Use(new Folding<TOut>(rows));

    private static TOut Folded<TAgg, TAcc, TOut>(Aggregate<Row, TAgg, TAcc, TOut> aggregate, List<Row> rows)
        where TAgg : struct, IAggregator<Row, TAcc, TOut> => aggregate.Aggregator.Result(Fold(aggregate, rows));

    /// <summary>Numbers to ten digits: what is left of rounding is no difference.</summary>
    public static string Text<TOut>(TOut result) => result switch
    {
        null => "null",
        double number => Math.Abs(number) < 1e-9 ? "0" : FormattableString.Invariant($"{number:G10}"),
        System.Collections.IEnumerable items and not string => $"[{string.Join(' ', items.Cast<object?>().Select(Text))}]",
        System.Runtime.CompilerServices.ITuple tuple =>
            $"({string.Join(' ', Enumerable.Range(0, tuple.Length).Select(i => Text(tuple[i])))})",
        _ => FormattableString.Invariant($"{result}"),
    };

    private static TAcc Fold<TAgg, TAcc, TOut>(Aggregate<Row, TAgg, TAcc, TOut> aggregate, IEnumerable<Row> rows)
        where TAgg : struct, IAggregator<Row, TAcc, TOut>
    {
        TAcc accumulator = default!;
        foreach (Row row in rows)
            aggregate.Aggregator.Add(ref accumulator, row);
        return accumulator;
    }

    private sealed class Holding<TOut>(Func<List<Row>, TOut> model, Func<TOut, string> text, bool isFinite) : IAggregateUse<Row, TOut, bool>
    {
        public bool Of<TAgg, TAcc>(Aggregate<Row, TAgg, TAcc, TOut> aggregate)
            where TAgg : struct, IAggregator<Row, TAcc, TOut>
        {
            Hold(aggregate, model, text, isFinite);
            return true;
        }
    }

    private sealed class Folding<TOut>(List<Row> rows) : IAggregateUse<Row, TOut, TOut>
    {
        public TOut Of<TAgg, TAcc>(Aggregate<Row, TAgg, TAcc, TOut> aggregate)
            where TAgg : struct, IAggregator<Row, TAcc, TOut> => Folded(aggregate, rows);
    }

    private static TAcc Copy<TAcc>(TAcc accumulator)
    {
        var writer = new BlobWriter();
        RecordCodec.Of<TAcc>().Write(writer, accumulator);
        var reader = new BlobReader(writer.Written);
        TAcc copy = RecordCodec.Of<TAcc>().Read(ref reader);
        Assert.Equal(0, reader.Remaining);
        return copy;
    }

    private static TOut Stored<TAgg, TAcc, TOut>(Aggregate<Row, TAgg, TAcc, TOut> aggregate, List<Row> rows, Random random)
        where TAgg : struct, IAggregator<Row, TAcc, TOut>
    {
        TAcc accumulator = default!;
        foreach (Row row in rows)
        {
            aggregate.Aggregator.Add(ref accumulator, row);
            if (random.Next(5) == 0)
                _ = aggregate.Aggregator.Result(accumulator);
            if (random.Next(5) == 0)
                aggregate.Aggregator.Check(accumulator, row);
            if (random.Next(5) == 0)
                accumulator = Copy(accumulator);
        }

        return aggregate.Aggregator.Result(Copy(accumulator));
    }

    private static TOut Merged<TAgg, TAcc,
        TOut>(Aggregate<Row, TAgg, TAcc, TOut> aggregate, List<Row> rows, Random random, Func<TOut, string> text)
        where TAgg : struct, IAggregator<Row, TAcc, TOut>
    {
        int parts = random.Next(1, 6);
        int[] cuts = [0, .. Enumerable.Range(1, parts - 1).Select(_ => random.Next(rows.Count + 1)).Order(), rows.Count];
        TAcc accumulator = default!;
        for (int part = 0; part < parts; part++)
        {
            TAcc other = Fold(aggregate, rows[cuts[part]..cuts[part + 1]]);
            string before = text(aggregate.Aggregator.Result(other));
            aggregate.Aggregator.Merge(ref accumulator, other);
            Assert.Equal(before, text(aggregate.Aggregator.Result(other)));

            // neither sees what happens to the other from now on
            string merged = text(aggregate.Aggregator.Result(accumulator));
            TAcc aside = Copy(accumulator);
            foreach (Row row in rows)
                aggregate.Aggregator.Add(ref other, row);
            Assert.Equal(merged, text(aggregate.Aggregator.Result(accumulator)));
            accumulator = aside;
        }

        return aggregate.Aggregator.Result(accumulator);
    }

    private static TOut Retracted<TAgg, TAcc,
        TOut>(Aggregate<Row, TAgg, TAcc, TOut> aggregate, List<Row> rows, List<Row> others, Random random)
        where TAgg : struct, IAggregator<Row, TAcc, TOut>
    {
        TAcc accumulator = default!;
        int added = 0, taken = 0;
        foreach (Row row in rows)
        {
            aggregate.Aggregator.Add(ref accumulator, row);
            if (random.Next(3) == 0 && added < others.Count)
                aggregate.Aggregator.Add(ref accumulator, others[added++]);
            if (random.Next(4) == 0 && taken < added)
                aggregate.Aggregator.Retract(ref accumulator, others[taken++]);
            if (random.Next(8) == 0)
                _ = aggregate.Aggregator.Result(accumulator);
            if (random.Next(8) == 0)
                accumulator = Copy(accumulator);
        }

        while (taken < added)
            aggregate.Aggregator.Retract(ref accumulator, others[taken++]);
        return aggregate.Aggregator.Result(accumulator);
    }
}
