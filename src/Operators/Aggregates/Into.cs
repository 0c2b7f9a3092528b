namespace ActorStreams;

/// <summary>Gives the results of several aggregates names, and a type: a record, or a tuple as in
/// <c>Into((count, max) => (count, max))</c>.</summary>
/// <remarks>
/// One method for each number of results, because C# has no functions of so many parameters as there are; nothing else depends on the
/// number. More than sixteen, or a number not known before the program runs: <see cref="Aggregate{TIn}.Into{TResult}"/>.
/// </remarks>
public static class AggregateResults
{
    /// <summary>Turns two results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once a result, not once a row.</param>
    public static Aggregate<T, TResult> Into<T, A, B, TResult>(
        this Aggregate<T, (A, B)> source, Func<A, B, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return source.Into(all => result(all.Item1, all.Item2));
    }

    /// <summary>Turns three results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once a result, not once a row.</param>
    public static Aggregate<T, TResult> Into<T, A, B, C, TResult>(
        this Aggregate<T, ((A, B), C)> source, Func<A, B, C, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return source.Into(all => result(all.Item1.Item1, all.Item1.Item2, all.Item2));
    }

    /// <summary>Turns four results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once a result, not once a row.</param>
    public static Aggregate<T, TResult> Into<T, A, B, C, D, TResult>(
        this Aggregate<T, (((A, B), C), D)> source, Func<A, B, C, D, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return source.Into(all => result(all.Item1.Item1.Item1, all.Item1.Item1.Item2, all.Item1.Item2, all.Item2));
    }

    /// <summary>Turns five results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once a result, not once a row.</param>
    public static Aggregate<T, TResult> Into<T, A, B, C, D, E, TResult>(
        this Aggregate<T, ((((A, B), C), D), E)> source, Func<A, B, C, D, E, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return source.Into(all =>
        {
            var ((((a, b), c), d), e) = all;
            return result(a, b, c, d, e);
        });
    }

    /// <summary>Turns six results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once a result, not once a row.</param>
    public static Aggregate<T, TResult> Into<T, A, B, C, D, E, F, TResult>(
        this Aggregate<T, (((((A, B), C), D), E), F)> source, Func<A, B, C, D, E, F, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return source.Into(all =>
        {
            var (((((a, b), c), d), e), f) = all;
            return result(a, b, c, d, e, f);
        });
    }

    /// <summary>Turns seven results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once a result, not once a row.</param>
    public static Aggregate<T, TResult> Into<T, A, B, C, D, E, F, G, TResult>(
        this Aggregate<T, ((((((A, B), C), D), E), F), G)> source, Func<A, B, C, D, E, F, G, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return source.Into(all =>
        {
            var ((((((a, b), c), d), e), f), g) = all;
            return result(a, b, c, d, e, f, g);
        });
    }

    /// <summary>Turns eight results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once a result, not once a row.</param>
    public static Aggregate<T, TResult> Into<T, A, B, C, D, E, F, G, H, TResult>(
        this Aggregate<T, (((((((A, B), C), D), E), F), G), H)> source, Func<A, B, C, D, E, F, G, H, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return source.Into(all =>
        {
            var (((((((a, b), c), d), e), f), g), h) = all;
            return result(a, b, c, d, e, f, g, h);
        });
    }

    /// <summary>Turns nine results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once a result, not once a row.</param>
    public static Aggregate<T, TResult> Into<T, A, B, C, D, E, F, G, H, I, TResult>(
        this Aggregate<T, ((((((((A, B), C), D), E), F), G), H), I)> source, Func<A, B, C, D, E, F, G, H, I, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return source.Into(all =>
        {
            var ((((((((a, b), c), d), e), f), g), h), i) = all;
            return result(a, b, c, d, e, f, g, h, i);
        });
    }

    /// <summary>Turns ten results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once a result, not once a row.</param>
    public static Aggregate<T, TResult> Into<T, A, B, C, D, E, F, G, H, I, J, TResult>(
        this Aggregate<T, (((((((((A, B), C), D), E), F), G), H), I), J)> source, Func<A, B, C, D, E, F, G, H, I, J, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return source.Into(all =>
        {
            var (((((((((a, b), c), d), e), f), g), h), i), j) = all;
            return result(a, b, c, d, e, f, g, h, i, j);
        });
    }

    /// <summary>Turns eleven results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once a result, not once a row.</param>
    public static Aggregate<T, TResult> Into<T, A, B, C, D, E, F, G, H, I, J, K, TResult>(
        this Aggregate<T, ((((((((((A, B), C), D), E), F), G), H), I), J), K)> source,
        Func<A, B, C, D, E, F, G, H, I, J, K, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return source.Into(all =>
        {
            var ((((((((((a, b), c), d), e), f), g), h), i), j), k) = all;
            return result(a, b, c, d, e, f, g, h, i, j, k);
        });
    }

    /// <summary>Turns twelve results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once a result, not once a row.</param>
    public static Aggregate<T, TResult> Into<T, A, B, C, D, E, F, G, H, I, J, K, L, TResult>(
        this Aggregate<T, (((((((((((A, B), C), D), E), F), G), H), I), J), K), L)> source,
        Func<A, B, C, D, E, F, G, H, I, J, K, L, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return source.Into(all =>
        {
            var (((((((((((a, b), c), d), e), f), g), h), i), j), k), l) = all;
            return result(a, b, c, d, e, f, g, h, i, j, k, l);
        });
    }

    /// <summary>Turns thirteen results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once a result, not once a row.</param>
    public static Aggregate<T, TResult> Into<T, A, B, C, D, E, F, G, H, I, J, K, L, M, TResult>(
        this Aggregate<T, ((((((((((((A, B), C), D), E), F), G), H), I), J), K), L), M)> source,
        Func<A, B, C, D, E, F, G, H, I, J, K, L, M, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return source.Into(all =>
        {
            var ((((((((((((a, b), c), d), e), f), g), h), i), j), k), l), m) = all;
            return result(a, b, c, d, e, f, g, h, i, j, k, l, m);
        });
    }

    /// <summary>Turns fourteen results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once a result, not once a row.</param>
    public static Aggregate<T, TResult> Into<T, A, B, C, D, E, F, G, H, I, J, K, L, M, N, TResult>(
        this Aggregate<T, (((((((((((((A, B), C), D), E), F), G), H), I), J), K), L), M), N)> source,
        Func<A, B, C, D, E, F, G, H, I, J, K, L, M, N, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return source.Into(all =>
        {
            var (((((((((((((a, b), c), d), e), f), g), h), i), j), k), l), m), n) = all;
            return result(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
        });
    }

    /// <summary>Turns fifteen results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once a result, not once a row.</param>
    public static Aggregate<T, TResult> Into<T, A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, TResult>(
        this Aggregate<T, ((((((((((((((A, B), C), D), E), F), G), H), I), J), K), L), M), N), O)> source,
        Func<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return source.Into(all =>
        {
            var ((((((((((((((a, b), c), d), e), f), g), h), i), j), k), l), m), n), o) = all;
            return result(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);
        });
    }

    /// <summary>Turns sixteen results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once a result, not once a row.</param>
    public static Aggregate<T, TResult> Into<T, A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, TResult>(
        this Aggregate<T, (((((((((((((((A, B), C), D), E), F), G), H), I), J), K), L), M), N), O), P)> source,
        Func<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return source.Into(all =>
        {
            var (((((((((((((((a, b), c), d), e), f), g), h), i), j), k), l), m), n), o), p) = all;
            return result(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
        });
    }
}
