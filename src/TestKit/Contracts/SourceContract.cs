namespace ActorStreams.TestKit;

/// <summary>What every source must keep: the text of <see cref="Source{T}"/> and <see cref="SourceReader{T}"/> as requirements that
/// run.</summary>
/// <remarks>
/// <para>Needs no test framework. Which requirements apply follows from what the source says of itself: all but a few are about sources
/// whose rows can
/// be read again (<see cref="SourceGuarantee.Replayable"/>): read on from the offset after every row, in pieces of other sizes, and by a
/// job that
/// crashes.</para>
/// <para>The input must be small, some ten or a hundred rows, and must end: by itself, or because the source is opened to read what is
/// available (<see cref="AvailableNow"/>).</para>
/// </remarks>
/// <example><code>
/// await new SourceContract&lt;Order&gt;(() => new OrderSource(folder), items: 12).HoldsAsync();
/// </code></example>
/// <typeparam name="T">The row.</typeparam>
/// <param name="newSource">Makes the source, on an outside that holds the input; called for each requirement and several times within
/// one. For a source
/// that cannot be read again, and for one whose outside forgets what was acknowledged, each call of it brings the input anew.</param>
/// <param name="items">How many rows and rejected records the input has, over all partitions.</param>
/// <param name="text">How a row is written and compared; null: as its <c>ToString</c> writes it.</param>
public sealed class SourceContract<T>(Func<Source<T>> newSource, int items, Func<T, string>? text = null)
{
    private static readonly RequirementSet<SourceRequirements<T>> s_all = new(typeof(SourceRequirements<T>));

    /// <summary>Whether the source is also opened at the own offset of every row, although it does not say
    /// <see cref="Source{T}.OpensAtAnyRow"/>. Default: false.</summary>
    public bool OpensAtAnyRow { get; init; }

    /// <summary>Whether the source is always opened to read what is available now: for one that <see cref="Source{T}.KnowsItsEnd"/> and
    /// ends in no other
    /// way. Default: false.</summary>
    public bool AvailableNow { get; init; }

    /// <summary>The requirements, each as a sentence that names it.</summary>
    public IReadOnlyList<string> Requirements => s_all.Names;

    /// <summary>Runs every requirement that applies.</summary>
    /// <exception cref="ExpectationException">A requirement is broken; the message says which, what was expected, and what
    /// came.</exception>
    public async Task HoldsAsync()
    {
        foreach (string requirement in Requirements)
            await HoldsAsync(requirement);
    }

    /// <summary>Runs one requirement; does nothing if it does not apply to what the source says of itself.</summary>
    /// <param name="requirement">One of <see cref="Requirements"/>.</param>
    /// <exception cref="ArgumentException">There is no such requirement.</exception>
    /// <exception cref="ExpectationException">The requirement is broken; the message says what was expected, and what came.</exception>
    public async Task HoldsAsync(string requirement)
    {
        ArgumentNullException.ThrowIfNull(requirement);
        var run = new SourceRequirements<T>(newSource, items, text, OpensAtAnyRow, AvailableNow);
        await s_all.Find(requirement).CheckAsync(run, () => $"The source '{run.Source.Description}'");
    }
}
