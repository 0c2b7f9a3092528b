using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ActorStreams.Serving.Access;

/// <summary>Who may do what: by policies of the application.</summary>
internal static class Roles
{
    /// <summary>The endpoint demands a policy, if there is one.</summary>
    public static void Demand(this IEndpointConventionBuilder endpoint, string? policy)
    {
        if (policy is not null)
            endpoint.RequireAuthorization(policy);
    }

    /// <summary>Checks what one message of a connection asks for, whose endpoint demands less.</summary>
    /// <exception cref="NotAllowedException">Who asks may not.</exception>
    public static async Task CheckAsync(HttpContext http, string? policy)
    {
        if (policy is null)
            return;
        AuthorizationResult result = await http.RequestServices.GetRequiredService<IAuthorizationService>()
            .AuthorizeAsync(http.User, http, policy);
        if (!result.Succeeded)
            throw new NotAllowedException(policy);
    }

    /// <summary>A page of another site may open a WebSocket without asking, and with the cookies of this one: its origin tells.</summary>
    public static bool IsOfThisSite(HttpContext http) =>
        http.Request.Headers.Origin is not [{ } origin] || (Uri.TryCreate(origin, UriKind.Absolute, out Uri? site)
            && string.Equals(site.Authority, http.Request.Host.Value, StringComparison.OrdinalIgnoreCase));
}
