using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace ActorStreams.TestKit;

/// <summary>Expectations of contracts. Each names what it looked at by its source text, since the reader of the message may not have the
/// source.</summary>
internal static class Must
{
    private const int MaxText = 2000;

    public static void Equal<T>(T expected, T actual, [CallerArgumentExpression(nameof(actual))] string what = "") =>
        Same(expected, actual, what);

    public static void Equal<T>(IEnumerable<T> expected, IEnumerable<T> actual,
        [CallerArgumentExpression(nameof(actual))] string what = "") =>
        Same(expected.ToArray(), actual.ToArray(), what);

    public static void True(bool condition, string? message = null, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        if (!condition)
            throw new ExpectationException(message ?? $"'{what}' must be true.");
    }

    public static void False(bool condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        if (condition)
            throw new ExpectationException($"'{what}' must be false.");
    }

    public static void Null(object? value, [CallerArgumentExpression(nameof(value))] string what = "")
    {
        if (value is not null)
            throw new ExpectationException($"'{what}' must be null, but is {TextOf(value)}.");
    }

    public static void NotNull(object? value, [CallerArgumentExpression(nameof(value))] string what = "")
    {
        if (value is null)
            throw new ExpectationException($"'{what}' must not be null.");
    }

    public static void Empty(IEnumerable values, [CallerArgumentExpression(nameof(values))] string what = "")
    {
        if (values.GetEnumerator().MoveNext())
            throw new ExpectationException($"'{what}' must be empty, but has {TextOf(values)}.");
    }

    public static T Single<T>(IEnumerable<T> values, [CallerArgumentExpression(nameof(values))] string what = "")
    {
        T[] found = [.. values];
        return found.Length == 1 ? found[0] : throw new ExpectationException($"'{what}' must have one item, but has {TextOf(found)}.");
    }

    public static void All<T>(IEnumerable<T> values, Action<T> check)
    {
        foreach (T value in values)
            check(value);
    }

    public static void Contains(string part, string text, [CallerArgumentExpression(nameof(text))] string what = "")
    {
        if (!text.Contains(part, StringComparison.Ordinal))
            throw new ExpectationException($"'{what}' must say '{part}', but says: {text}");
    }

    /// <returns>The exception, which is of this very type.</returns>
    public static async Task<TError> ThrowsAsync<TError>(Func<Task> act, [CallerArgumentExpression(nameof(act))] string what = "")
        where TError : Exception =>
        await ThrowsAnyAsync<TError>(act, what) is var error && error.GetType() == typeof(TError) ? error
            : throw Other<TError>(what, error);

    /// <returns>The exception, of this type or one that derives from it.</returns>
    public static async Task<TError> ThrowsAnyAsync<TError>(Func<Task> act, [CallerArgumentExpression(nameof(act))] string what = "")
        where TError : Exception
    {
        try
        {
            await act();
        }
        catch (TError error)
        {
            return error;
        }
        catch (Exception error)
        {
            throw Other<TError>(what, error);
        }

        throw new ExpectationException($"'{what}' must throw {typeof(TError).Name}, but threw nothing.");
    }

    private static ExpectationException Other<TError>(string what, Exception error) =>
        new($"'{what}' must throw {typeof(TError).Name}, but threw {error.GetType().Name}: {error.Message}", error);

    private static void Same(object? expected, object? actual, string what)
    {
        if (!AreSame(expected, actual))
            throw new ExpectationException($"'{what}' must be {TextOf(expected)}, but is {TextOf(actual)}.");
    }

    /// <summary>Sequences are the same if their items are.</summary>
    private static bool AreSame(object? expected, object? actual)
    {
        if (expected is string || expected is not IEnumerable items || actual is not IEnumerable others)
            return Equals(expected, actual);
        IEnumerator one = items.GetEnumerator(), other = others.GetEnumerator();
        while (one.MoveNext())
        {
            if (!other.MoveNext() || !AreSame(one.Current, other.Current))
                return false;
        }

        return !other.MoveNext();
    }

    private static string TextOf(object? value)
    {
        string text = Whole(value);
        return text.Length <= MaxText ? text : $"{text[..MaxText]}… ({text.Length} characters)";
    }

    private static string Whole(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Take(100).Select(Whole))}]",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
