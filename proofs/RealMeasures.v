(* Almost sure collapse with the binomial and the normal law as measures on the real line.

   binomial_prob n p    the binomial measure of mathcomp-analysis: the number of successes among n draws
   normal_prob m s      the normal measure of mathcomp-analysis, with mean m and standard deviation s

   Assumes: of the binomial loop, the law of two consecutive fits; of the normal loop, fits to two observations, and of
     independence only that the mean of a product is the product of the means.
   Leaves out: normal fits to more than two observations.
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra.
From mathcomp Require Import mathcomp_extra interval interval_inference reals ereal classical_sets boolp functions sequences.
From mathcomp Require Import topology normedtype esum exp trigo measure measurable_realfun lebesgue_measure lebesgue_integral.
From mathcomp Require Import realfun derive charge ftc gauss_integral probability.
From Collapse Require Import AlmostSurely.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Def Num.Theory numFieldNormedType.Exports.
Local Open Scope classical_set_scope.
Local Open Scope ring_scope.

Section BinomialMoments.
Variable R : realType.
Implicit Types (p : R) (n k : nat).

Lemma binomial_total n p : \sum_(k < n.+1) binomial_pmf n p k = 1.
Proof.
rewrite -[RHS](expr1n _ n) -[X in _ = X ^+ n](subrK p 1) exprDn; apply: eq_bigr => k _.
by rewrite /binomial_pmf /onem mulrC.
Qed.

(* The expected product of the numbers of successes and failures. *)
Lemma binomial_product n p :
  \sum_(k < n.+1) binomial_pmf n p k * (k%:R * (n%:R - k%:R)) = n%:R * (n%:R - 1) * (p * (1 - p)).
Proof.
case: n => [|[|n]]; first by rewrite big_ord1 /= !mul0r mulr0.
  by rewrite !big_ord_recl big_ord0 /= /bump /= !subrr; ring.
rewrite big_ord_recl big_ord_recr /= mul0r mulr0 add0r /bump /= add1n subrr !mulr0 addr0.
rewrite (eq_bigr (fun k : 'I_n.+1 => (n.+2%:R * (n.+2%:R - 1) * (p * (1 - p))) * binomial_pmf n p k)); last first.
  move=> k _; rewrite /bump /= add1n /binomial_pmf /onem; have kn : (k <= n)%N by rewrite -ltnS.
  have e1 : ((k.+1)%:R * 'C(n.+2, k.+1)%:R = n.+2%:R * 'C(n.+1, k)%:R :> R) by rewrite -!natrM mul_bin_diag.
  have e2 : ((n.+2%:R - k.+1%:R) * 'C(n.+1, k)%:R = n.+1%:R * 'C(n, k)%:R :> R).
    by rewrite -natrB ?ltnS ?leqW// subSS -!natrM -mul_bin_down.
  rewrite -[X in X * _ = _]mulr_natr -[X in _ = _ * X]mulr_natr subSS subSn// !exprS.
  set u := p ^+ k; set v := (1 - p) ^+ (n - k); set c := 'C(n.+2, k.+1)%:R in e1 *.
  transitivity (p * (1 - p) * (u * v) * ((k.+1%:R * c) * (n.+2%:R - k.+1%:R))).
    by move: (n.+2%:R) (k.+1%:R) => x y; ring.
  rewrite e1; transitivity (p * (1 - p) * (u * v) * (n.+2%:R * ((n.+2%:R - k.+1%:R) * 'C(n.+1, k)%:R))).
    by move: (n.+2%:R) (k.+1%:R) ('C(n.+1, k)%:R) => x y z; ring.
  rewrite e2 -[n.+1%:R](addrK 1) natr1.
  by move: (n.+2%:R) ('C(n, k)%:R) => x y; ring.
by rewrite -mulr_sumr binomial_total mulr1.
Qed.

End BinomialMoments.

Section Binomial.
Local Open Scope ereal_scope.
Context d (T : measurableType d) (R : realType) (P : probability T R).
Variable n : nat.
Hypothesis n_gt1 : (1 < n)%N.

Let n0 : (0 < n%:R :> R)%R. Proof. by rewrite ltr0n ltnW. Qed.

Variable successes : nat -> T -> 'I_n.+1.
Hypothesis measurable_successes : forall t i, measurable [set x | successes t x = i].
(* The next fit sees a binomial number of successes, of the share that the last fit saw. *)
Hypothesis binomial_draws : forall t i j,
  P ([set x | successes t.+1 x = j] `&` [set x | successes t x = i]) =
  P [set x | successes t x = i] * binomial_prob n (i%:R / n%:R : R)%R [set (j : nat)].

Let share (i : 'I_n.+1) : R := (i%:R / n%:R)%R.

Lemma share01 i : (0 <= share i <= 1)%R.
Proof. by rewrite /share divr_ge0//= ler_pdivrMr// mul1r ler_nat -ltnS ltn_ord. Qed.

Lemma binomial_prob_point (i j : 'I_n.+1) :
  binomial_prob n (share i) [set (j : nat)] = (binomial_pmf n (share i) j)%:E.
Proof.
have p01 := share01 i; rewrite /binomial_prob ifT; last by [].
rewrite esum_set1//; first by rewrite lee_fin binomial_pmf_ge0.
Qed.

(* From some fit on all observations are successes, or all are failures, almost surely. *)
Theorem binomial_loop_collapses_almost_surely :
  P (lim_sup_set (fun t => [set x | (0 < successes t x < n)%N])) = 0.
Proof.
have n1 : (1 < n%:R :> R)%R by rewrite ltr1n.
pose h (i : 'I_n.+1) : R := (i%:R * (n%:R - i%:R) / n%:R ^+ 2)%R.
have at_least (i : 'I_n.+1) : (0 < i < n)%N -> ((n%:R - 1) / n%:R ^+ 2 <= h i)%R.
  case/andP => i0 iN; rewrite /h ler_wpM2r ?invr_ge0 ?exprn_ge0 ?ler0n//.
  have a : (1 <= i%:R :> R)%R by rewrite ler1n.
  have b : (i%:R + 1 <= n%:R :> R)%R by rewrite natr1 ler_nat.
  by nra.
have inside (i : 'I_n.+1) : (h i != 0)%R = (0 < i < n)%N.
  apply/idP/idP => [|/at_least low]; last first.
    by rewrite gt_eqF// (lt_le_trans _ low)// divr_gt0 ?exprn_gt0// subr_gt0.
  apply: contraR; rewrite negb_and -!leqNgt leqn0 => /orP[/eqP i0|ni]; first by rewrite /h i0 !mul0r.
  by rewrite /h (_ : nat_of_ord i = n) ?subrr ?mulr0 ?mul0r//; apply/eqP; rewrite eqn_leq ni andbT -ltnS.
rewrite (_ : (fun t => _) = (fun t => [set x | (h (successes t x) != 0)%R])); last first.
  by apply/funext => t; apply/seteqP; split=> x /=; rewrite inside.
apply: (@absorbed_almost_surely _ _ _ _ _ successes (fun i j : 'I_n.+1 => binomial_pmf n (share i) j) h
  (1 - 1 / n%:R)%R ((n%:R - 1) / n%:R ^+ 2)%R) => [|t i j||||i] //.
- by rewrite binomial_draws binomial_prob_point.
- apply/andP; split; first by rewrite subr_ge0 ler_pdivrMr// mul1r ltW.
  by rewrite ltrBlDr ltrDl divr_gt0.
- by rewrite divr_gt0 ?exprn_gt0// subr_gt0.
- move=> i; rewrite /h (eq_bigr (fun j : 'I_n.+1 =>
     n%:R ^- 2 * (binomial_pmf n (share i) j * (j%:R * (n%:R - j%:R))))%R); last by move=> j _; rewrite mulrA mulrC.
  rewrite -mulr_sumr binomial_product /share le_eqVlt; apply/orP; left; apply/eqP.
  by field; exact: lt0r_neq0.
by rewrite inside => /at_least.
Qed.

End Binomial.

Section NormalMoments.
Variable R : realType.
Local Notation mu := (@lebesgue_measure R).
Local Notation N := (@normal_prob R 0 1).
Local Open Scope ereal_scope.

(* The normal measure has the normal density. *)
Lemma integral_normal (f : R -> \bar R) : measurable_fun setT f -> (forall x, 0 <= f x) ->
  \int[N]_x f x = \int[mu]_x (f x * (normal_pdf 0%R 1%R x)%:E).
Proof.
move=> mf f0; have dom : N `<< mu := @normal_prob_dominates R 0 1.
rewrite -(Radon_Nikodym_SigmaFinite.change_of_variables dom f0 measurableT mf).
have mpdf : measurable_fun setT (fun x : R => (normal_pdf 0%R 1%R x)%:E).
  by apply/measurable_EFinP; exact: measurable_normal_pdf.
apply: ae_eq_integral => //.
- apply: emeasurable_funM => //; exact: measurable_int (Radon_Nikodym_SigmaFinite.f_integrable dom).
- exact: emeasurable_funM.
apply: ae_eq_mul2l; apply: integral_ae_eq => //.
  exact: Radon_Nikodym_SigmaFinite.f_integrable.
by move=> E _ mE; rewrite -Radon_Nikodym_SigmaFinite.f_integral.
Qed.

Let c : R := ((Num.sqrt (pi *+ 2))^-1)%R.

Let c_ge0 : (0 <= c)%R. Proof. by rewrite /c invr_ge0 sqrtr_ge0. Qed.

Let bell (x : R) : R := (c * expR (- (x ^+ 2 / 2)))%R.

Lemma standard_pdf x : normal_pdf 0%R 1%R x = bell x.
Proof. by rewrite /normal_pdf oner_eq0 /bell /c subr0 expr1n mul1r mulNr. Qed.

Lemma continuous_bell : continuous bell.
Proof.
have := @continuous_normal_pdf R 0%R 1%R; rewrite (_ : normal_pdf 0%R 1%R = bell); last by apply/funext => x; exact: standard_pdf.
by move=> h x; apply: h; exact: oner_neq0.
Qed.

Lemma derive_bell (x : R) : is_derive x (1%R : R) (fun y : R^o => - bell y : R^o)%R (x * bell x)%R.
Proof.
rewrite /bell; apply: is_derive_eq.
rewrite /GRing.scale /=; set e := expR _.
transitivity (- (c * (e * - (x ^+ 2 * (- 2%:R ^- 2 * 0) + 2%:R^-1 * (x * 1 + x * 1)))) : R)%R; first by [].
by field.
Qed.

Lemma bell_vanishes : (- bell x)%R @[x --> +oo%R] --> (0 : R)%R.
Proof.
rewrite -oppr0; apply: cvgN; rewrite -(mulr0 c); apply: cvgMr.
apply: (@cvg_comp _ _ _ (fun x : R => x ^+ 2 / 2)%R (fun x => expR (- x))); last exact: cvgr_expR.
by apply: gt0_cvgMly; [rewrite invr_gt0|exact: cvgr_expr2].
Qed.

Lemma half_moment : \int[mu]_(x in `[0%R, +oo[) (`|x| * bell x)%:E = c%:E.
Proof.
rewrite (@ge0_continuous_FTC2y _ _ (fun x => - bell x)%R _ 0%R).
- by rewrite sub0e -EFinN opprK /bell expr0n /= mul0r oppr0 expR0 mulr1.
- by move=> x _; rewrite mulr_ge0// mulr_ge0// expR_ge0.
- apply: continuous_subspaceT => x; apply: continuousM; [exact: norm_continuous|exact: continuous_bell].
- exact: bell_vanishes.
- by move=> x _; have [] := derive_bell x.
- by apply: cvg_at_right_filter; apply: cvgN; exact: continuous_bell.
move=> x; rewrite in_itv/= andbT => x0; rewrite derive1E.
by have [_ ->] := derive_bell x; rewrite gtr0_norm.
Qed.

(* The mean absolute value of a standard normal variable. *)
Lemma absolute_moment : \int[N]_x `|x|%:E = (2 * c)%:E.
Proof.
rewrite integral_normal//; last first.
  by apply/measurable_EFinP; exact: normr_measurable.
transitivity (\int[mu]_x (`|x| * bell x)%:E); first by apply: eq_integral => x _; rewrite standard_pdf EFinM.
have pos (x : R) : (0 <= `|x| * bell x)%R by rewrite mulr_ge0// mulr_ge0// expR_ge0.
have cont : continuous (fun x : R => `|x| * bell x)%R.
  by move=> x; apply: continuousM; [exact: norm_continuous|exact: continuous_bell].
have even : (fun x : R => `|x| * bell x)%R =1 (fun x : R => `|x| * bell x)%R \o -%R.
  by move=> x; rewrite /= normrN /bell sqrrN.
have sym := @ge0_symfun_integralT R (fun x => `|x| * bell x)%R pos cont even.
rewrite (_ : [set x | _] = `[0%R, +oo[%classic) in sym; last first.
  by apply/seteqP; split => x/=; rewrite in_itv/= andbT.
by rewrite EFinM -half_moment -sym; apply: eq_integral => x _.
Qed.

End NormalMoments.

Section NormalLoop.
Local Open Scope ereal_scope.
Context d (T : measurableType d) (R : realType) (P : probability T R).
Variables (S Z : nat -> {RV P >-> R}) (sigma : R).
Hypothesis sigma_ge0 : (0 <= sigma)%R.
Hypothesis first_fit : forall x, S 0 x = sigma.
(* Two observations m + S e and m + S e' have the standard deviation S |e - e'| / 2, and e - e' = sqrt 2 Z. *)
Hypothesis next_fit : forall t x, S t.+1 x = (S t x * (`|Z t x| / Num.sqrt 2))%R.
(* Z t is standard normal and independent of fit t, as far as the mean of S t |Z t| shows. *)
Hypothesis independent_normal : forall t,
  \int[P]_x (S t x * `|Z t x|)%:E = \int[P]_x (S t x)%:E * \int[@normal_prob R 0 1]_z `|z|%:E.

Let rho : R := ((Num.sqrt pi)^-1)%R.

Lemma rho01 : (0 <= rho < 1)%R.
Proof.
have p1 : (1 < pi :> R)%R by apply: lt_le_trans (pi_ge2 R); rewrite ltr1n.
rewrite /rho invr_ge0 sqrtr_ge0 invf_lt1 ?sqrtr_gt0 ?(lt_trans ltr01 p1)//=.
by rewrite -[ltLHS]sqrtr1 ltr_sqrt// (lt_trans ltr01 p1).
Qed.

Lemma factor : (2 * (Num.sqrt (pi *+ 2))^-1 / Num.sqrt 2 = rho)%R.
Proof.
have s2 : (Num.sqrt 2 != 0 :> R)%R by rewrite lt0r_neq0// sqrtr_gt0.
have sp : (Num.sqrt pi != 0 :> R)%R by rewrite lt0r_neq0// sqrtr_gt0 pi_gt0.
have split2 : (Num.sqrt (pi *+ 2) = Num.sqrt pi * Num.sqrt 2 :> R)%R by rewrite -[(pi *+ 2)%R]mulr_natr sqrtrM ?pi_ge0.
have two : (2 = Num.sqrt 2 * Num.sqrt 2 :> R)%R by rewrite -expr2 sqr_sqrtr.
rewrite split2 {1}two /rho; move: (Num.sqrt 2) (Num.sqrt pi) s2 sp => a b a0 b0.
by field; rewrite a0 b0.
Qed.

Lemma fits_ge0 t x : (0 <= S t x)%R.
Proof.
elim: t => [|t ih]; first by rewrite first_fit.
by rewrite next_fit mulr_ge0// divr_ge0// sqrtr_ge0.
Qed.

Lemma mean_fit t : \int[P]_x (S t.+1 x)%:E = rho%:E * \int[P]_x (S t x)%:E.
Proof.
have s2 : (0 <= (Num.sqrt 2)^-1 :> R)%R by rewrite invr_ge0 sqrtr_ge0.
rewrite (eq_integral (fun x => (Num.sqrt 2)^-1%:E * (S t x * `|Z t x|)%:E)) => [|x _]; last first.
  by rewrite -EFinM next_fit; congr EFin; ring.
rewrite ge0_integralZl//; last 2 first.
- apply/measurable_EFinP; apply: measurable_funM => //.
  by apply: measurableT_comp => //; exact: normr_measurable.
- by move=> x _; rewrite lee_fin mulr_ge0// fits_ge0.
by rewrite independent_normal absolute_moment -factor muleCA -EFinM muleC; congr (_%:E * _); ring.
Qed.

(* The standard deviation of normal fits to two observations each falls below every level for good, almost surely. *)
Theorem normal_loop_collapses_almost_surely (eps : R) : (0 < eps)%R ->
  P (lim_sup_set (fun t => [set x | eps%:E <= `|(S t x)%:E|])) = 0.
Proof.
move=> eps0; apply: (@almost_sure_collapse _ _ _ P S sigma rho eps eps0 rho01) => t.
rewrite unlock (eq_integral (fun x => (S t x)%:E)) => [|x _]; last by rewrite /= (ger0_norm (fits_ge0 t x)).
elim: t => [|t ih].
  rewrite (eq_integral (cst sigma%:E)) => [|x _]; last by rewrite first_fit.
  by rewrite integral_cst//= probability_setT mule1 expr0 mulr1.
have r0 : (0 <= rho)%R by case/andP: rho01.
by rewrite mean_fit exprS mulrCA EFinM lee_wpmul2l// lee_fin.
Qed.

End NormalLoop.
