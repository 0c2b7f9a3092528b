namespace ActorStreams.TestKit;

/// <summary>What every sink must keep: the life of an epoch that <see cref="SinkWriter{T}"/> tells, and crashes at each of its
/// steps.</summary>
/// <remarks>
/// <para>Needs no test framework. What a reader must see follows from the <see cref="SinkGuarantee"/> of the sink:</para>
/// <list type="bullet">
/// <item><see cref="SinkGuarantee.Transactional"/> and <see cref="SinkGuarantee.TwoPhase"/>: the rows of committed epochs, each once, and
/// nothing
/// else at any time.</item>
/// <item><see cref="SinkGuarantee.Idempotent"/>: the rows of committed epochs, each once; perhaps some of the epoch under way.</item>
/// <item><see cref="SinkGuarantee.AtLeastOnce"/>: the rows of committed epochs, each once or more; perhaps some of the epoch under
/// way.</item>
/// </list>
/// </remarks>
/// <example><code>
/// await new SinkContract&lt;string&gt;(() => new LineSinkSite(), row: n => $"line {n}").HoldsAsync();
/// </code></example>
/// <typeparam name="T">The row.</typeparam>
/// <param name="newSite">Makes an empty place; called once for each requirement.</param>
/// <param name="row">The row of a number, from 0 on; each another one. Rows of an upsert sink have each a key of its own.</param>
/// <param name="text">How <see cref="SinkSite{T}.ReadAsync"/> shows a row; null: as its <c>ToString</c> writes it.</param>
public sealed class SinkContract<T>(Func<SinkSite<T>> newSite, Func<int, T> row, Func<T, string>? text = null)
{
    private static readonly RequirementSet<SinkRequirements<T>> s_all = new(typeof(SinkRequirements<T>));

    /// <summary>The requirements, each as a sentence that names it.</summary>
    public IReadOnlyList<string> Requirements => s_all.Names;

    /// <summary>Runs every requirement, each on a site of its own.</summary>
    /// <exception cref="ExpectationException">A requirement is broken; the message says which, what was expected, and what
    /// came.</exception>
    public async Task HoldsAsync()
    {
        foreach (string requirement in Requirements)
            await HoldsAsync(requirement);
    }

    /// <summary>Runs one requirement on a new site.</summary>
    /// <param name="requirement">One of <see cref="Requirements"/>.</param>
    /// <exception cref="ArgumentException">There is no such requirement.</exception>
    /// <exception cref="ExpectationException">The requirement is broken; the message says what was expected, and what came.</exception>
    public async Task HoldsAsync(string requirement)
    {
        ArgumentNullException.ThrowIfNull(requirement);
        Requirement<SinkRequirements<T>> found = s_all.Find(requirement);
        await using SinkSite<T> site = newSite();
        string description = site.NewSink().Description;
        await using var life = new SinkLife<T>(site);
        await found.CheckAsync(new SinkRequirements<T>(life, row, text), () => $"The sink '{description}'");
    }
}
