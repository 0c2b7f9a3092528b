namespace ActorStreams.TestKit;

/// <summary>What every store must keep: the text of <see cref="Store"/>, <see cref="JobJournal"/> and
/// <see cref="TopicLog"/> as requirements that run.</summary>
/// <remarks>
/// Needs no test framework. A test for each requirement, named by <see cref="Requirements"/>, shows best which one is broken; <see
/// cref="HoldsAsync()"/>
/// runs all of them. The stores of ActorStreams themselves are tested by this suite.
/// </remarks>
/// <example><code>
/// public static TheoryData&lt;string&gt; Requirements => [.. StoreContract.Requirements];
///
/// [Theory, MemberData(nameof(Requirements))]
/// public Task The_store_keeps(string requirement) => new StoreContract(() => new MySite()).HoldsAsync(requirement);
/// </code></example>
/// <param name="newSite">Makes an empty place for a store; called once for each requirement.</param>
/// <param name="reopens">Whether the store is closed and opened again before every step, as by a process that starts anew. Needs a site
/// that
/// <see cref="StoreSite.IsDurable"/>. Run the contract both ways. Default: false.</param>
public sealed class StoreContract(Func<StoreSite> newSite, bool reopens = false)
{
    private static readonly RequirementSet<StoreRequirements> s_all = new(
        typeof(EpochRequirements), typeof(TableRequirements), typeof(TrimRequirements), typeof(TopicRequirements),
            typeof(RetentionRequirements), typeof(NodeRequirements));

    /// <summary>The requirements, each as a sentence that names it.</summary>
    public static IReadOnlyList<string> Requirements => s_all.Names;

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
        Requirement<StoreRequirements> found = s_all.Find(requirement);
        StoreSite site = newSite();
        if (reopens && !site.IsDurable)
            throw new ArgumentException($"A store whose data do not outlive it cannot be opened again: leave '{nameof(reopens)}' false.",
                nameof(requirement));
        await using StoreRequirements run = found.On(site, reopens);
        await found.CheckAsync(run, () => $"The store '{run.Description}'");
    }
}
